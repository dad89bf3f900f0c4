package svm

import (
	"fmt"
	"math"
)

func (f *frame) extendLookup(d *bincodeReader) *InstructionError {
	n := d.u64()
	if n > MaxTransaction/32 {
		return f.own(errInvalidInstructionData)
	}
	more := d.take(n * 32)
	if !d.ok {
		return f.own(errInvalidInstructionData)
	}
	f.x.logs.program("Instruction: ExtendLookupTable")
	m, addresses, err := f.ownLookup(2, "Lookup table is frozen", nil)
	if err != nil {
		return err
	}
	old := len(addresses) / 32
	switch {
	case m.deactivated != math.MaxUint64:
		return f.say("Deactivated tables cannot be extended", errInvalidArgument)
	case old >= maxLookupAddresses:
		return f.say("Lookup table is full and cannot contain more addresses", errInvalidArgument)
	case n == 0:
		return f.say("Must extend with at least one address", errInvalidInstructionData)
	case old+int(n) > maxLookupAddresses:
		return f.say(fmt.Sprintf("Extended lookup table length %d would exceed max capacity of %d", old+int(n), maxLookupAddresses), errInvalidInstructionData)
	}
	if m.extended != f.x.clock.Slot {
		m.extended, m.start = f.x.clock.Slot, uint8(old)
	}
	return f.growLookup(m, addresses, more)
}

// growLookup adds addresses to the table at 0. The account at 2 pays what the rent needs.
func (f *frame) growLookup(m lookupMeta, addresses, more []byte) *InstructionError {
	table := f.borrow(0)
	if !table.ix.writable {
		return f.own(errLookupReadonly)
	}
	data := append(append(m.encode(), addresses...), more...)
	if err := table.setData(data); err != nil {
		return err
	}
	if table.Lamports >= RentExempt(len(data)) {
		return nil
	}
	if err := f.needKeys(3); err != nil {
		return err
	}
	if !f.accounts[2].signer {
		return f.say("Payer account must be a signer", errMissingRequiredSignature)
	}
	if err := f.needKeys(4); err != nil {
		return err
	}
	return f.payRent(2, len(data))
}

// closeLookup removes the table at 0 and moves its lamports to the account at 2.
func (f *frame) closeLookup() *InstructionError {
	m, _, err := f.ownLookup(3, "Lookup table is frozen", func() *InstructionError {
		if f.keyOf(0) == f.keyOf(2) {
			return f.say("Lookup table cannot be the recipient of reclaimed lamports", errInvalidArgument)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if m.deactivated == math.MaxUint64 {
		return f.say("Lookup table is not deactivated", errInvalidArgument)
	}
	if n := f.cooldown(m.deactivated); n > 0 {
		return f.say(fmt.Sprintf("Table cannot be closed until it's fully deactivated in %d blocks", n), errInvalidArgument)
	}
	table := f.borrow(0)
	switch {
	case !f.accounts[2].writable:
		return f.own(errRecipientReadonly)
	case !table.ix.writable:
		return f.own(errLookupReadonly)
	}
	if err := f.borrow(2).addLamports(table.Lamports); err != nil {
		return err
	}
	if err := table.setLamports(0); err != nil {
		return err
	}
	return table.setLength(0)
}
