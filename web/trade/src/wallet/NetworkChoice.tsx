/** Which network: one card for each, with what matters there. Native radio buttons, so that arrow keys choose. */

import { type ReactElement, useId } from "react";

import { type Network, networkName } from "../app/networks.ts";

interface NetworkChoiceProps {
  label: string;
  networks: readonly Network[];
  chosen: Network | undefined;
  onChoose: (key: string) => void;
  /** The line below the name. */
  detail: (network: Network) => string;
}

export function NetworkChoice({ label, networks, chosen, onChoose, detail }: NetworkChoiceProps): ReactElement {
  const group = useId();
  return (
    <fieldset className="networks">
      <legend>{label}</legend>
      {networks.map((network) => (
        <label key={network.blockchain_key} className="network">
          <input type="radio" name={group} value={network.blockchain_key} checked={network.blockchain_key === chosen?.blockchain_key} onChange={() => onChoose(network.blockchain_key)} />
          <span className="network-name">{networkName(network)}</span>
          <span className="muted">{[network.protocol === networkName(network) ? "" : network.protocol, network.description].filter(Boolean).join(" · ") || network.blockchain_key}</span>
          <span className="network-detail">{detail(network)}</span>
        </label>
      ))}
    </fieldset>
  );
}
