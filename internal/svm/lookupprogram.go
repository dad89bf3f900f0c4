package svm

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gagliardetto/solana-go"
)

// The lookup table program is an sBPF program on a cluster. This one gives the same accounts, errors, logs and inner
// instructions. Its compute units are constants instead, close to what the other takes for one address.
var lookupCosts = [...]uint64{10_150, 1_520, 5_950, 3_150, 2_230}

// Instructions of the lookup table program.
const (
	lookupCreate     = 0
	lookupFreeze     = 1
	lookupExtend     = 2
	lookupDeactivate = 3
	lookupClose      = 4
)

// Errors of the lookup table program. A cluster's says by a code what a built-in program would say by a kind.
var (
	errLookupSeeds       = Custom(1)
	errLookupReadonly    = Custom(10)
	errRecipientReadonly = Custom(11)
)

// lookupProgram creates and changes address lookup tables.
func lookupProgram(f *frame) *InstructionError {
	before := f.x.meter
	err := f.lookupInstruction()
	f.x.logs.addf("Program %s consumed %d of %d compute units", f.programID(), before-f.x.meter, before)
	return err
}

func (f *frame) lookupInstruction() *InstructionError {
	d := &bincodeReader{b: f.data[:min(len(f.data), MaxTransaction)], ok: true}
	tag := d.u32()
	if !d.ok || tag >= uint32(len(lookupCosts)) {
		return f.own(errInvalidInstructionData)
	}
	if err := f.charge(lookupCosts[tag]); err != nil {
		return err
	}
	switch tag {
	case lookupCreate:
		return f.createLookup(d)
	case lookupExtend:
		return f.extendLookup(d)
	case lookupFreeze:
		f.x.logs.program("Instruction: FreezeLookupTable")
		return f.freezeLookup()
	case lookupDeactivate:
		f.x.logs.program("Instruction: DeactivateLookupTable")
		return f.deactivateLookup()
	}
	f.x.logs.program("Instruction: CloseLookupTable")
	return f.closeLookup()
}

// own logs an error of the program itself, as opposed to one of the runtime or of a program that it invokes.
func (f *frame) own(err *InstructionError) *InstructionError {
	text := "Error: " + err.Kind
	switch err {
	case errLookupSeeds:
		text = "Provided seeds do not result in a valid address"
	case errLookupReadonly:
		text = "Instruction modified data of a read-only account"
	case errRecipientReadonly:
		text = "Instruction changed the balance of a read-only account"
	}
	f.x.logs.program(text)
	return err
}

// say is own after a line that says why.
func (f *frame) say(why string, err *InstructionError) *InstructionError {
	f.x.logs.program(why)
	return f.own(err)
}

// needKeys requires at least n accounts, as a program does that is not built in.
func (f *frame) needKeys(n int) *InstructionError {
	if len(f.accounts) < n {
		return f.own(errNotEnoughAccountKeys)
	}
	return nil
}

func (f *frame) createLookup(d *bincodeReader) *InstructionError {
	slot, bump := d.u64(), d.take(1)
	if !d.ok {
		return f.own(errInvalidInstructionData)
	}
	f.x.logs.program("Instruction: CreateLookupTable")
	if err := f.needKeys(3); err != nil {
		return err
	}
	if !f.accounts[2].signer {
		return f.say("Payer account must be a signer", errMissingRequiredSignature)
	}
	if f.slotHashIndex(slot) < 0 {
		return f.say(fmt.Sprintf("%d is not a recent slot", slot), errInvalidInstructionData)
	}
	authority := f.keyOf(1)
	seeds := [][]byte{authority[:], binary.LittleEndian.AppendUint64(nil, slot), bump}
	switch want, ok := f.x.programAddress(seeds, nil, f.programID()); {
	case !ok:
		return f.own(errLookupSeeds)
	case f.keyOf(0) != want:
		return f.say("Table address must match derived address: "+want.String(), errInvalidArgument)
	case f.borrow(0).ownedByProgram():
		return nil // it is there already
	}
	if err := f.payRent(2, lookupTableHeader); err != nil {
		return err
	}
	if err := f.needKeys(4); err != nil {
		return err
	}
	return f.initLookup(authority)
}

// initLookup makes a table of the account at 0.
func (f *frame) initLookup(authority solana.PublicKey) *InstructionError {
	table, id, le := f.keyOf(0), f.programID(), binary.LittleEndian
	for _, data := range [][]byte{
		le.AppendUint64(le.AppendUint32(nil, sysAllocate), lookupTableHeader),
		append(le.AppendUint32(nil, sysAssign), id[:]...),
	} {
		in := callInstruction{program: SystemProgramID, data: data, accounts: []accountRef{{table, true, true}}}
		if err := f.call(in, table); err != nil {
			return err
		}
	}
	return f.borrow(0).setData(newLookupMeta(authority).encode())
}

// payRent has the account at payer make the one at 0 rent-exempt with size bytes of data.
func (f *frame) payRent(payer, size int) *InstructionError {
	missing := RentExempt(size) - min(RentExempt(size), f.borrow(0).Lamports)
	if missing == 0 {
		return nil
	}
	le := binary.LittleEndian
	return f.call(callInstruction{
		program:  SystemProgramID,
		data:     le.AppendUint64(le.AppendUint32(nil, sysTransfer), missing),
		accounts: []accountRef{{f.keyOf(payer), true, true}, {f.keyOf(0), false, true}},
	})
}

// ownLookup returns the table at 0 if its authority, the account at 1, has signed. accounts is how many there must be.
func (f *frame) ownLookup(accounts int, frozen string, check func() *InstructionError) (m lookupMeta, addresses []byte, err *InstructionError) {
	if err := f.needKeys(1); err != nil {
		return m, nil, err
	}
	if !f.borrow(0).ownedByProgram() {
		return m, nil, f.say("Lookup table owner should be the Address Lookup Table program", errInvalidAccountOwner)
	}
	if err := f.needKeys(2); err != nil {
		return m, nil, err
	}
	if !f.accounts[1].signer {
		return m, nil, f.say("Authority account must be a signer", errMissingRequiredSignature)
	}
	if err := f.needKeys(accounts); err != nil {
		return m, nil, err
	}
	if check != nil {
		if err := check(); err != nil {
			return m, nil, err
		}
	}
	m, addresses, err = parseLookupTable(f.borrow(0).Data)
	switch {
	case err != nil:
		return m, nil, f.own(err)
	case m.authority == nil:
		return m, nil, f.say(frozen, ixErr("Immutable"))
	case *m.authority != f.keyOf(1):
		return m, nil, f.say("Incorrect lookup table authority", ixErr("IncorrectAuthority"))
	}
	return m, addresses, nil
}

// setLookup writes the header of the table at 0.
func (f *frame) setLookup(m lookupMeta) *InstructionError {
	data, err := f.borrow(0).mutableData()
	if err != nil {
		return err
	}
	copy(data, m.encode())
	return nil
}

func (f *frame) freezeLookup() *InstructionError {
	m, addresses, err := f.ownLookup(2, "Lookup table is already frozen", nil)
	switch {
	case err != nil:
		return err
	case m.deactivated != math.MaxUint64:
		return f.say("Deactivated tables cannot be frozen", errInvalidArgument)
	case len(addresses) == 0:
		return f.say("Empty lookup tables cannot be frozen", errInvalidInstructionData)
	}
	m.authority = nil
	return f.setLookup(m)
}

func (f *frame) deactivateLookup() *InstructionError {
	m, _, err := f.ownLookup(2, "Lookup table is frozen", nil)
	switch {
	case err != nil:
		return err
	case m.deactivated != math.MaxUint64:
		return f.say("Lookup table is already deactivated", errInvalidArgument)
	}
	m.deactivated = f.x.clock.Slot
	return f.setLookup(m)
}
