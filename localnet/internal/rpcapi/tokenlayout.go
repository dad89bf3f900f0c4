package rpcapi

import "bytes"

// The fields and signers that several of the token program's instructions have.
var (
	amountField      = instructionField{"amount", readAmount}
	tokenAmountField = instructionField{"tokenAmount", readTokenAmount}
	mintFields       = []instructionField{{"decimals", readByte}, {"mintAuthority", readKey}, {"freezeAuthority", readKeyIfAny}}
)

// tokenLayouts are the instructions of the SPL Token program, by number, but
// for those of multisig accounts and of amounts as text
// (anza-xyz/agave, transaction-status/src/parse_token.rs).
var tokenLayouts = map[byte]*instructionLayout{
	0: {kind: "initializeMint", accounts: []string{"mint", "rentSysvar"}, fields: mintFields},
	1: {kind: "initializeAccount", accounts: []string{"account", "mint", "owner", "rentSysvar"}},
	3: {kind: "transfer", accounts: []string{"source", "destination"}, fields: []instructionField{amountField}, signer: "authority", multisig: "multisigAuthority"},
	4: {kind: "approve", accounts: []string{"source", "delegate"}, fields: []instructionField{amountField}, signer: "owner", multisig: "multisigOwner"},
	5: {kind: "revoke", accounts: []string{"source"}, signer: "owner", multisig: "multisigOwner"},
	// 6 is setAuthority
	7:  {kind: "mintTo", accounts: []string{"mint", "account"}, fields: []instructionField{amountField}, signer: "mintAuthority", multisig: "multisigMintAuthority"},
	8:  {kind: "burn", accounts: []string{"account", "mint"}, fields: []instructionField{amountField}, signer: "authority", multisig: "multisigAuthority"},
	9:  {kind: "closeAccount", accounts: []string{"account", "destination"}, signer: "owner", multisig: "multisigOwner"},
	10: {kind: "freezeAccount", accounts: []string{"account", "mint"}, signer: "freezeAuthority", multisig: "multisigFreezeAuthority"},
	11: {kind: "thawAccount", accounts: []string{"account", "mint"}, signer: "freezeAuthority", multisig: "multisigFreezeAuthority"},
	12: {kind: "transferChecked", accounts: []string{"source", "mint", "destination"}, fields: []instructionField{tokenAmountField}, signer: "authority", multisig: "multisigAuthority"},
	13: {kind: "approveChecked", accounts: []string{"source", "mint", "delegate"}, fields: []instructionField{tokenAmountField}, signer: "owner", multisig: "multisigOwner"},
	14: {kind: "mintToChecked", accounts: []string{"mint", "account"}, fields: []instructionField{tokenAmountField}, signer: "mintAuthority", multisig: "multisigMintAuthority"},
	15: {kind: "burnChecked", accounts: []string{"account", "mint"}, fields: []instructionField{tokenAmountField}, signer: "authority", multisig: "multisigAuthority"},
	16: {kind: "initializeAccount2", accounts: []string{"account", "mint", "rentSysvar"}, fields: []instructionField{ownerField}},
	17: {kind: "syncNative", accounts: []string{"account"}},
	18: {kind: "initializeAccount3", accounts: []string{"account", "mint"}, fields: []instructionField{ownerField}},
	20: {kind: "initializeMint2", accounts: []string{"mint"}, fields: mintFields},
	21: {kind: "getAccountDataSize", accounts: []string{"mint"}, fields: []instructionField{{"extensionTypes", readExtensions}}},
	22: {kind: "initializeImmutableOwner", accounts: []string{"account"}},
}

// authorityNames are the authorities that setAuthority changes, by number: the
// first two of a mint, the others of an account.
var authorityNames = []string{"mintTokens", "freezeAccount", "accountOwner", "closeAccount"}

func setAuthorityLayout(account string) *instructionLayout {
	return &instructionLayout{
		kind: "setAuthority", accounts: []string{account}, signer: "authority", multisig: "multisigAuthority",
		fields: []instructionField{{"authorityType", readAuthorityType}, {"newAuthority", readOptionalKey}},
	}
}

// tokenLayout returns the layout of an instruction and its data after the
// number; nil if it is unknown.
func tokenLayout(data []byte) (*instructionLayout, []byte) {
	const setAuthority = 6
	switch {
	case len(data) == 0:
		return nil, nil
	case data[0] != setAuthority:
		return tokenLayouts[data[0]], data[1:]
	case len(data) > 1 && data[1] < 2:
		return setAuthorityLayout("mint"), data[1:]
	}
	return setAuthorityLayout("account"), data[1:]
}

func readAuthorityType(d *instructionData) any {
	n := int(d.next(1)[0])
	if n >= len(authorityNames) {
		d.bad = true
		return nil
	}
	return authorityNames[n]
}

// readExtensions reads the only extension that the associated token program asks
// for; others belong to Token-2022.
func readExtensions(d *instructionData) any {
	if len(d.left) == 0 {
		return omitted{}
	}
	d.bad = !bytes.Equal(d.left, []byte{7, 0})
	return []string{"immutableOwner"}
}

// associatedLayout returns the layout of an instruction that creates an
// associated token account; nil for any other.
func associatedLayout(data []byte) *instructionLayout {
	kind := ""
	switch {
	case len(data) == 0 || data[0] == 0:
		kind = "create"
	case data[0] == 1:
		kind = "createIdempotent"
	default:
		return nil
	}
	return &instructionLayout{kind: kind, accounts: []string{"source", "account", "wallet", "mint", "systemProgram", "tokenProgram"}}
}
