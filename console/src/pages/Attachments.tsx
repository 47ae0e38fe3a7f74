import { PaperClipOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";

import type { Attachment, Conversation } from "../api/types";
import { sizeText } from "../format";
import { StateMark } from "../parts/marks";
import { useTerm } from "../parts/problem-text";
import { usePreferences } from "../preferences";

const WRITTEN = new Set(["email", "ticket", "form"]);

/** What hangs on a conversation: sealed, by its masked name; nothing of it opens here. */
export function Attachments({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const hung = conversation.attachments;
  if (hung.length === 0 && !WRITTEN.has(conversation.channel)) return null;
  return (
    <section className="card" aria-label={t("attachments.title")}>
      <h2>
        {t("attachments.title")}
        {hung.length > 0 && <span className="soft tabular"> {hung.length}</span>}
      </h2>
      {hung.length === 0 ? (
        <p className="soft">{t("attachments.empty")}</p>
      ) : (
        <>
          <p className="soft small">{t("attachments.lead")}</p>
          <ul className="attachments">
            {hung.map((one) => (
              <Entry key={one.n} attachment={one} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Entry({ attachment }: { attachment: Attachment }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const term = useTerm();
  const facts = [term("fileKind", kindOf(attachment.media_type)), sizeText(language, attachment.size)];
  const why = attachment.here ? attachment.reason && term("attachmentReason", attachment.reason) : t("attachments.awaitedHint");
  return (
    <li className="attachment">
      <PaperClipOutlined aria-hidden />
      <div>
        <span className="row-between">
          <strong className="attachment-name">{attachment.name || t("attachments.unnamed")}</strong>
          <StateMark family="state" code={attachment.here ? attachment.state : "awaited"} />
        </span>
        <span className="soft small">{[...facts, why].filter(Boolean).join(" · ")}</span>
      </div>
    </li>
  );
}

const KINDS: [RegExp, string][] = [
  [/^image\//, "image"],
  [/^audio\//, "audio"],
  [/^video\//, "video"],
  [/pdf$/, "pdf"],
  [/msword|wordprocessing|rtf$/, "document"],
  [/excel|spreadsheet|csv$/, "sheet"],
  [/powerpoint|presentation/, "slides"],
  [/zip$|tar$|7z|rar|gzip/, "archive"],
  [/^message\/|outlook/, "mail"],
  [/calendar$/, "calendar"],
  [/vcard$/, "contact"],
  [/^text\/|json$|xml$/, "text"],
];

/** The word for a media type: people know files by kinds. */
const kindOf = (mediaType: string): string => KINDS.find(([shape]) => shape.test(mediaType))?.[1] ?? "file";
