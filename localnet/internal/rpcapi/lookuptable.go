package rpcapi

import (
	"encoding/binary"
	"strconv"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// tableLayouts are the instructions of the lookup table program, by number
// (anza-xyz/agave, transaction-status/src/parse_address_lookup_table.rs).
var tableLayouts = func() []instructionLayout {
	own := []string{"lookupTableAccount", "lookupTableAuthority"}
	paid := append(own[:2:2], "payerAccount", "systemProgram")
	return []instructionLayout{
		{kind: "createLookupTable", accounts: paid, fields: []instructionField{{"recentSlot", readUint64}, {"bumpSeed", readByte}}},
		{kind: "freezeLookupTable", accounts: own},
		{kind: "extendLookupTable", accounts: paid, fields: []instructionField{{"newAddresses", readAddresses}}},
		{kind: "deactivateLookupTable", accounts: own},
		{kind: "closeLookupTable", accounts: append(own[:2:2], "recipient")},
	}
}()

// tableLayout returns the layout of an instruction with a number of accounts, and
// its data after the number; nil if it is unknown.
func tableLayout(data []byte, accounts int) (*instructionLayout, []byte) {
	const extend, paid = 2, 4
	if len(data) < 4 || binary.LittleEndian.Uint32(data) >= uint32(len(tableLayouts)) {
		return nil, nil
	}
	layout := tableLayouts[data[0]]
	if data[0] == extend && accounts < paid { // the table has enough lamports
		layout.accounts = layout.accounts[:2]
	}
	return &layout, data[4:]
}

// readAddresses reads a list of keys behind its length in 8 bytes.
func readAddresses(d *instructionData) any {
	n := d.uint64()
	if n > uint64(len(d.left)/32) {
		d.bad = true
		return nil
	}
	list := make([]solana.PublicKey, n)
	for i := range list {
		list[i] = solana.PublicKey(d.next(32))
	}
	return list
}

type uiLookupTable struct {
	DeactivationSlot           string             `json:"deactivationSlot"`
	LastExtendedSlot           string             `json:"lastExtendedSlot"`
	LastExtendedSlotStartIndex uint8              `json:"lastExtendedSlotStartIndex"`
	Authority                  *solana.PublicKey  `json:"authority,omitempty"`
	Addresses                  []solana.PublicKey `json:"addresses"`
}

// parseLookupTable shows the data of a lookup table; it reports false for any other
// account.
func parseLookupTable(acc svm.Account) (any, bool) {
	t, ok := acc.LookupTable()
	return uiParsed{"address-lookup-table", uiParsedByType{"lookupTable", uiLookupTable{
		strconv.FormatUint(t.Deactivated, 10), strconv.FormatUint(t.Extended, 10), t.Start, t.Authority, t.Addresses,
	}}, uint64(len(acc.Data))}, ok
}
