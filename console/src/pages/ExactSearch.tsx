import { SearchOutlined } from "@ant-design/icons";
import { Button, Input, Select } from "antd";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

const INDEXES = ["phone", "email", "id_card", "bank_card", "reference"] as const;

type Props = { busy: boolean; onSearch: (asked: { index: string; value: string }) => void; onClear?: () => void };

/** Find by an exact value. It goes in a request's body and is forgotten here as soon as the field is cleared. */
export function ExactSearch({ busy, onSearch, onClear }: Props) {
  const { t } = useTranslation();
  const [index, setIndex] = useState<string>("phone");
  const [value, setValue] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (value.trim()) onSearch({ index, value: value.trim() });
  };
  const clear = (): void => {
    setValue("");
    onClear?.();
  };
  return (
    <form className="search" role="search" onSubmit={submit} autoComplete="off">
      <Select
        aria-label={t("conversations.index")}
        value={index}
        onChange={setIndex}
        options={INDEXES.map((name) => ({ value: name, label: t(`conversations.indexes.${name}`) }))}
        popupMatchSelectWidth={false}
      />
      <Input
        data-shortcut="/"
        aria-label={t("conversations.search")}
        placeholder={t("conversations.search")}
        prefix={<SearchOutlined aria-hidden />}
        value={value}
        onChange={(e) => setValue(e.target.value)}
        autoComplete="off"
        spellCheck={false}
      />
      <Button type="primary" htmlType="submit" loading={busy} disabled={!value.trim()}>
        {t("conversations.find")}
      </Button>
      {onClear && <Button onClick={clear}>{t("conversations.backToAll")}</Button>}
      <span className="soft search-hint">{t("conversations.searchHint")}</span>
    </form>
  );
}
