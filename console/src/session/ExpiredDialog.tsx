import { Modal } from "antd";
import { useTranslation } from "react-i18next";

import { SignInForm } from "./SignInForm";

type Props = { open: boolean; login: string; onSignedIn: () => Promise<void> };

/** Sign in again over the page as it stands, so that what was typed is not lost. */
export function ExpiredDialog({ open, login, onSignedIn }: Props) {
  const { t } = useTranslation();
  return (
    <Modal open={open} title={t("signIn.expiredTitle")} closable={false} keyboard={false} mask={{ closable: false }} footer={null} width={440} destroyOnHidden zIndex={2000}>
      <p className="soft">{t("signIn.expiredLead")}</p>
      <SignInForm login={login} headed={false} onSignedIn={onSignedIn} />
    </Modal>
  );
}
