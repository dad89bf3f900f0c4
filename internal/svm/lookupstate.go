package svm

import (
	"encoding/binary"
	"math"

	"github.com/gagliardetto/solana-go"
)

// maxLookupAddresses is how many addresses a table can hold.
const maxLookupAddresses = 256

// LookupTable is what an address lookup table says.
type LookupTable struct {
	Deactivated uint64             // slot; math.MaxUint64 while the table is active
	Extended    uint64             // slot of the last extension
	Start       uint8              // index of the first address added in that slot
	Authority   *solana.PublicKey  // who may change it; nil: frozen
	Addresses   []solana.PublicKey // at most 256
}

// LookupTable returns the account as a lookup table and whether it is one.
func (a Account) LookupTable() (t LookupTable, ok bool) {
	if a.Owner != lookupTableProgramID {
		return t, false
	}
	m, addresses, err := parseLookupTable(a.Data)
	if err != nil {
		return t, false
	}
	t = LookupTable{m.deactivated, m.extended, m.start, m.authority, make([]solana.PublicKey, len(addresses)/32)}
	for i := range t.Addresses {
		t.Addresses[i] = solana.PublicKey(addresses[i*32:][:32])
	}
	return t, true
}

// lookupMeta is the header of a lookup table.
type lookupMeta struct {
	deactivated uint64            // slot; math.MaxUint64 while the table is active
	extended    uint64            // slot of the last extension
	start       uint8             // index of the first address added in that slot
	authority   *solana.PublicKey // nil: frozen
}

// parseLookupTable parses the data of an account that the lookup table program owns.
func parseLookupTable(data []byte) (m lookupMeta, addresses []byte, err *InstructionError) {
	d := &bincodeReader{b: data, ok: true}
	switch tag := d.u32(); {
	case d.ok && tag == 0:
		return m, nil, ixErr("UninitializedAccount")
	case tag != 1:
		return m, nil, errInvalidAccountData
	}
	m.deactivated, m.extended = d.u64(), d.u64()
	if b := d.take(1); b != nil {
		m.start = b[0]
	}
	m.authority = d.optionalKey()
	if !d.ok || len(data) < lookupTableHeader || (len(data)-lookupTableHeader)%32 != 0 {
		return m, nil, errInvalidAccountData
	}
	return m, data[lookupTableHeader:], nil
}

// encode returns the header's bytes.
func (m lookupMeta) encode() []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(make([]byte, 0, lookupTableHeader), 1)
	b = le.AppendUint64(le.AppendUint64(b, m.deactivated), m.extended)
	b = append(b, m.start, flag(m.authority != nil))
	if m.authority != nil {
		b = append(b, m.authority[:]...)
	}
	return b[:lookupTableHeader]
}

// cooldown returns for how many slots a table cannot be closed yet, 0 if it can: as long as SlotHashes holds the slot of
// its deactivation, transactions that were signed before may use it.
func (f *frame) cooldown(deactivated uint64) int {
	if deactivated == f.x.clock.Slot {
		return maxSlotHashes + 1
	}
	if i := f.slotHashIndex(deactivated); i >= 0 {
		return maxSlotHashes - i
	}
	return 0
}

// slotHashIndex returns the position of a slot in the sysvar SlotHashes, newest first, or -1.
func (f *frame) slotHashIndex(slot uint64) int {
	data := f.x.bank.lookup(sysvarSlotHashesID).Data
	if len(data) < 8 {
		return -1
	}
	entries := data[8:]
	for i := range int(min(le64(data), uint64(len(entries)/40))) {
		if le64(entries[i*40:]) == slot {
			return i
		}
	}
	return -1
}

// newLookupMeta is the header of a table that has just been created.
func newLookupMeta(authority solana.PublicKey) lookupMeta {
	return lookupMeta{deactivated: math.MaxUint64, authority: &authority}
}
