import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";

/** The shape of what is coming; ``page`` stands alone in the middle of an empty window. */
export function Loading({ page = false }: { page?: boolean }) {
  const { t } = useTranslation();
  if (page)
    return (
      <div className="loading-page" role="status" aria-label={t("common.loading")}>
        <span className="pulse" />
      </div>
    );
  return (
    <div role="status" aria-label={t("common.loading")} className="loading">
      <Skeleton active title paragraph={{ rows: 6 }} />
    </div>
  );
}
