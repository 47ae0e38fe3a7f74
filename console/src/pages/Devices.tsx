import { useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { asksStepUp } from "../api/problem";
import { useDevices, usePeople } from "../api/queries";
import type { DeviceRow } from "../api/types";
import { shortId } from "../format";
import { EmptyState } from "../parts/EmptyState";
import { Listed } from "../parts/Listed";
import { Moment } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { PlainTable } from "../parts/PlainTable";
import { useProblemText, useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";
import { Watermark } from "../shell/Watermark";

const TONE = { trusted: "good", waiting: "warn", revoked: "mute" } as const;

const stateOf = (device: DeviceRow): keyof typeof TONE => (device.revoked_at ? "revoked" : device.trusted_at ? "trusted" : "waiting");

export default function Devices() {
  const { t } = useTranslation();
  const { may } = useSession();
  // Whoever may not list people sees their own devices.
  const everybody = may("user:list");
  return (
    <div className="page page-wide">
      <PageHead title={t("devices.title")} lead={t(everybody ? "devices.lead" : "devices.leadMine")} />
      <Listed query={useDevices(!everybody)}>
        {({ items }) => (items.length === 0 ? <EmptyState title={t("devices.emptyTitle")} text={t("devices.emptyText")} /> : <DeviceTable devices={items} />)}
      </Listed>
      <Watermark kind="list" />
    </div>
  );
}

function DeviceTable({ devices }: { devices: DeviceRow[] }) {
  const { t } = useTranslation();
  const { confirmed, may, me } = useSession();
  const { message, modal } = App.useApp();
  const term = useTerm();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const people = usePeople(may("user:list"));
  const nameOf = (person: string): string =>
    person === me.person.id ? me.person.name : (people.data?.items.find((known) => known.id === person)?.name ?? shortId(person));

  const ask = (device: DeviceRow, what: "trust" | "revoke"): void =>
    void modal.confirm({
      title: t(`devices.${what}Title`, { name: nameOf(device.person) }),
      content: t(`devices.${what}Lead`, { device: what === "trust" ? shortId(device.id) : `${device.label} (${shortId(device.id)})` }),
      okText: t(`devices.${what}`),
      okButtonProps: { danger: what === "revoke" },
      cancelText: t("common.cancel"),
      onOk: async () => {
        const path = { params: { path: { device: device.id } } };
        try {
          await confirmed(() =>
            taken(what === "trust" ? api.POST("/api/v1/devices/{device}/trust", path) : api.POST("/api/v1/devices/{device}/revoke", path)),
          );
          await queries.invalidateQueries({ queryKey: ["devices"] });
        } catch (error) {
          if (!asksStepUp(error)) void message.error(problemText(error));
        }
      },
    });

  const acts = may("device:trust") || may("device:revoke");
  return (
    <section className="card">
      <PlainTable
        label={t("devices.title")}
        rows={devices}
        rowKey={(device) => device.id}
        columns={[
          { key: "person", title: t("devices.person"), render: (device) => <strong>{nameOf(device.person)}</strong> },
          { key: "name", title: t("devices.name"), render: (device) => <span className="two-lines"><span>{device.label}</span><span className="mono soft small">{shortId(device.id)}</span></span> },
          { key: "since", title: t("devices.since"), render: (device) => <Moment at={device.created_at} /> },
          { key: "state", title: t("devices.state"), render: (device) => <span className={`state-mark tone-${TONE[stateOf(device)]}`}>{term("deviceState", stateOf(device))}</span> },
          ...(acts ? [{
            key: "actions",
            title: t("people.actions"),
            align: "end" as const,
            render: (device: DeviceRow) => (
              <span className="row-actions">
                {stateOf(device) === "waiting" && device.person !== me.person.id && may("device:trust") && <Button size="small" type="primary" aria-label={`${t("devices.trust")} · ${nameOf(device.person)}`} onClick={() => ask(device, "trust")}>{t("devices.trust")}</Button>}
                {stateOf(device) !== "revoked" && may("device:revoke") && <Button size="small" danger aria-label={`${t("devices.revoke")} · ${nameOf(device.person)}`} onClick={() => ask(device, "revoke")}>{t("devices.revoke")}</Button>}
              </span>
            ),
          }] : []),
        ]}
      />
    </section>
  );
}
