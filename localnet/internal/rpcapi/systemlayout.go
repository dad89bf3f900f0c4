package rpcapi

import "encoding/binary"

// The fields that several of the system program's instructions have.
var (
	lamportsField = instructionField{"lamports", readUint64}
	spaceField    = instructionField{"space", readUint64}
	ownerField    = instructionField{"owner", readKey}
	baseField     = instructionField{"base", readKey}
	seedField     = instructionField{"seed", readSeed}
)

// systemLayouts are the instructions of the system program, by number
// (anza-xyz/agave, transaction-status/src/parse_system.rs).
var systemLayouts = []instructionLayout{
	{kind: "createAccount", accounts: []string{"source", "newAccount"}, fields: []instructionField{lamportsField, spaceField, ownerField}},
	{kind: "assign", accounts: []string{"account"}, fields: []instructionField{ownerField}},
	{kind: "transfer", accounts: []string{"source", "destination"}, fields: []instructionField{lamportsField}},
	{kind: "createAccountWithSeed", accounts: []string{"source", "newAccount"}, fields: []instructionField{baseField, seedField, lamportsField, spaceField, ownerField}},
	{kind: "advanceNonce", accounts: []string{"nonceAccount", "recentBlockhashesSysvar", "nonceAuthority"}},
	{kind: "withdrawFromNonce", accounts: []string{"nonceAccount", "destination", "recentBlockhashesSysvar", "rentSysvar", "nonceAuthority"}, fields: []instructionField{lamportsField}},
	{kind: "initializeNonce", accounts: []string{"nonceAccount", "recentBlockhashesSysvar", "rentSysvar"}, fields: []instructionField{{"nonceAuthority", readKey}}},
	{kind: "authorizeNonce", accounts: []string{"nonceAccount", "nonceAuthority"}, fields: []instructionField{{"newAuthorized", readKey}}},
	{kind: "allocate", accounts: []string{"account"}, fields: []instructionField{spaceField}},
	{kind: "allocateWithSeed", accounts: []string{"account", ""}, fields: []instructionField{baseField, seedField, spaceField, ownerField}},
	{kind: "assignWithSeed", accounts: []string{"account", ""}, fields: []instructionField{baseField, seedField, ownerField}},
	{kind: "transferWithSeed", accounts: []string{"source", "sourceBase", "destination"}, fields: []instructionField{lamportsField, {"sourceSeed", readSeed}, {"sourceOwner", readKey}}},
	{kind: "upgradeNonce", accounts: []string{"nonceAccount"}},
}

// systemLayout returns the layout of an instruction and its data after the
// number; nil if it is unknown.
func systemLayout(data []byte) (*instructionLayout, []byte) {
	if len(data) < 4 {
		return nil, nil
	}
	n := binary.LittleEndian.Uint32(data)
	if n >= uint32(len(systemLayouts)) {
		return nil, nil
	}
	return &systemLayouts[n], data[4:]
}
