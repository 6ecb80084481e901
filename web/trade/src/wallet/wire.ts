/** What the wallet pages read of the API, under short names. */

import type { Schemas } from "@pyxiu/client";

export type Currency = Schemas["Currency"];
export type CurrencyNetwork = Schemas["CurrencyNetwork"];
export type DepositDepth = Schemas["DepositDepth"];
export type DepositAddress = Schemas["PaymentAddress"];
export type Deposit = Schemas["DepositEntity"];
export type Withdraw = Schemas["WithdrawEntity"];
export type Transaction = Schemas["TransactionEntity"];
export type InternalTransfer = Schemas["InternalTransferEntity"];
/** `data` holds texts, which the document cannot say. */
export type Beneficiary = Omit<Schemas["BeneficiaryEntity"], "data"> & { readonly data: Readonly<Record<string, string>> };
