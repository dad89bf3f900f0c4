package svm

import (
	"encoding/binary"
	"math"

	"github.com/gagliardetto/solana-go"
)

// lookupTableProgramID owns the address lookup tables.
var lookupTableProgramID = solana.MustPublicKeyFromBase58("AddressLookupTab1e1111111111111111111111111")

// lookupTableHeader is the length of a table's header in bytes; the addresses follow.
const lookupTableHeader = 56

// loadLookups resolves the accounts that a message refers to through lookup tables; b.mu is held.
func (b *Bank) loadLookups(m *message) *TransactionError {
	var writable, readonly []solana.PublicKey
	for _, l := range m.lookups {
		addresses, err := b.lookupTable(l.table)
		if err != nil {
			return err
		}
		for _, list := range []struct {
			indices []byte
			out     *[]solana.PublicKey
		}{{l.writable, &writable}, {l.readonly, &readonly}} {
			for _, i := range list.indices {
				if int(i) >= len(addresses)/32 {
					return ErrInvalidAddressLookupTableIndex
				}
				*list.out = append(*list.out, solana.PublicKey(addresses[int(i)*32:][:32]))
			}
		}
	}
	m.resolve(writable, readonly)
	return nil
}

// lookupTable returns the usable addresses of a table, 32 bytes each. Addresses that were added in the current slot are
// not usable yet.
func (b *Bank) lookupTable(key solana.PublicKey) ([]byte, *TransactionError) {
	a := b.lookup(key)
	switch {
	case a == nil:
		return nil, ErrAddressLookupTableNotFound
	case a.Owner != lookupTableProgramID:
		return nil, ErrInvalidAddressLookupTableOwner
	case len(a.Data) < lookupTableHeader || len(a.Data)%32 != lookupTableHeader%32 || binary.LittleEndian.Uint32(a.Data) != 1:
		return nil, ErrInvalidAddressLookupTableData
	}
	deactivated, extended := le64(a.Data[4:]), le64(a.Data[12:])
	s := &b.state.slots
	slot := s.slot
	if deactivated != math.MaxUint64 && (deactivated > slot || s.height(slot)-s.height(deactivated) > maxSlotHashes) {
		return nil, ErrAddressLookupTableNotFound // a deactivated table is usable while SlotHashes contains its slot
	}
	addresses := a.Data[lookupTableHeader:]
	if extended >= slot {
		addresses = addresses[:min(len(addresses), int(a.Data[20])*32)]
	}
	return addresses, nil
}
