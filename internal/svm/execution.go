package svm

import (
	"math/bits"

	"github.com/gagliardetto/solana-go"
)

// Limits of the invocation stack.
const (
	maxStackDepth  = 5  // nested instructions, including the transaction's own
	maxTraceLength = 64 // instructions of a transaction, including invoked ones
)

// execution is one transaction being executed.
type execution struct {
	bank   *Bank
	msg    *message
	fee    uint64
	budget budget
	clock  Clock

	blockhash solana.Hash // the latest one
	nonce     int         // index of the nonce account that replaces the blockhash, or -1

	accts  []txAccount
	meter  uint64 // compute units left
	logs   logCollector
	stack  []*frame
	called int // instructions started
	top    int // index of the top-level instruction

	inner      []InnerInstructions
	siblings   []*frame // finished and running instructions, in starting order
	returnID   solana.PublicKey
	returnData []byte

	deltaHi, deltaLo uint64 // sum of all balance changes (two's complement): 0 between instructions
	grown            int64  // bytes by which all accounts have grown
}

// txAccount is an account of the transaction.
type txAccount struct {
	Account
	key         solana.PublicKey
	owned       bool // Data belongs to this execution and may be written in place
	preLamports uint64
	rent        rentState
}

// ixAccount is an account of an instruction.
type ixAccount struct {
	index            int // of execution.accts
	signer, writable bool
	dup              int // first position of the same account in the instruction, or -1
}

// frame is an instruction being executed.
type frame struct {
	x        *execution
	program  int // index of execution.accts
	accounts []ixAccount
	data     []byte
	height   int // 1 for an instruction of the transaction itself
	caller   *frame
	vm       *runner       // nil for built-in programs
	meta     []accountMeta // addresses of the accounts in the program's input
}

// run executes all instructions and completes the result.
func (x *execution) run(res *Result) {
	res.Processed = true
	res.PreTokens = x.tokenBalances()
	var terr *TransactionError
	for i, in := range x.msg.instructions {
		x.top = i
		if err := x.invoke(x.topFrame(in)); err != nil {
			terr = instructionErr(i, err)
			break
		}
	}
	if terr == nil {
		terr = x.checkRent()
	}
	res.Err = terr
	res.Logs = x.logs.lines
	res.ComputeUnits = x.budget.units - x.meter
	if len(x.returnData) > 0 {
		res.ReturnData = &ReturnData{ProgramID: x.returnID, Data: x.returnData}
	}
	res.InnerInstructions = x.inner
	res.PreBalances = make([]uint64, len(x.accts))
	res.PostBalances = make([]uint64, len(x.accts))
	for i := range x.accts {
		a := &x.accts[i]
		res.PreBalances[i], res.PostBalances[i] = a.preLamports, a.Lamports
		if terr != nil {
			res.PostBalances[i] = a.preLamports
		}
	}
	if terr != nil {
		res.PostBalances[0] -= x.fee
		res.PostTokens = res.PreTokens
		return
	}
	res.PostTokens = x.tokenBalances()
}

// topFrame returns the frame of one of the transaction's instructions.
func (x *execution) topFrame(in instruction) *frame {
	f := &frame{x: x, program: in.program, data: in.data, height: 1, accounts: make([]ixAccount, len(in.accounts))}
	var first [256]uint16 // 1 + position in the instruction, by index in the transaction
	for i, a := range in.accounts {
		f.accounts[i] = ixAccount{index: int(a), signer: x.msg.isSigner(int(a)), writable: x.msg.writable[a], dup: -1}
		if first[a] != 0 {
			f.accounts[i].dup = int(first[a]) - 1
		} else {
			first[a] = uint16(i + 1)
		}
	}
	return f
}

// changes returns the accounts that the transaction leaves otherwise, after a failure only by the fee and the advanced
// nonce.
func (x *execution) changes(ok bool) []AccountChange {
	var out []AccountChange
	for i := range x.accts {
		a := &x.accts[i]
		if ok && !x.msg.writable[i] || !ok && i > 0 && i != x.nonce {
			continue
		}
		final := a.Account
		old := x.bank.lookup(a.key)
		if !ok {
			final = *old // payer and nonce account exist: they have been checked
			if i == 0 {
				final.Lamports -= x.fee
			}
			if i == x.nonce {
				x.advanceNonce(&final)
			}
		}
		if old == nil && final.Lamports == 0 || old != nil && old.equal(&final) {
			continue
		}
		out = append(out, AccountChange{a.key, final})
	}
	return out
}

// invoke runs one instruction on top of the stack.
func (x *execution) invoke(f *frame) *InstructionError {
	if err := x.push(f); err != nil {
		return err
	}
	err := x.dispatch(f)
	x.stack = x.stack[:len(x.stack)-1]
	if err == nil && !x.balanced() {
		err = errUnbalancedInstruction
	}
	return err
}

// push starts an instruction if the rules of nesting allow it.
func (x *execution) push(f *frame) *InstructionError {
	if n := len(x.stack); n > 0 && x.stack[n-1].program != f.program {
		for _, g := range x.stack {
			if g.program == f.program {
				return errReentrancyNotAllowed // only direct recursion is allowed
			}
		}
	}
	switch {
	case len(x.stack) > 0 && !x.balanced():
		return errUnbalancedInstruction
	case x.called >= maxTraceLength:
		return errMaxInstructionTraceLengthLimit
	}
	x.called++
	if n := len(x.stack); n > 0 {
		f.caller = x.stack[n-1]
		x.noteInner(f)
	}
	if len(x.stack) >= maxStackDepth {
		return errCallDepth
	}
	x.stack = append(x.stack, f)
	x.siblings = append(x.siblings, f)
	x.noteTopIndex()
	return nil
}

// noteInner adds a cross-program invocation to the result.
func (x *execution) noteInner(f *frame) {
	in := InnerInstruction{ProgramIDIndex: uint16(f.program), Data: f.data, StackHeight: uint8(f.height)}
	in.Accounts = make([]uint16, len(f.accounts))
	for i, a := range f.accounts {
		in.Accounts[i] = uint16(a.index)
	}
	if n := len(x.inner); n == 0 || x.inner[n-1].Index != uint8(x.top) {
		x.inner = append(x.inner, InnerInstructions{Index: uint8(x.top)})
	}
	last := &x.inner[len(x.inner)-1]
	last.Instructions = append(last.Instructions, in)
}

// addDelta records that a balance changed from old to new.
func (x *execution) addDelta(old, new uint64) {
	var carry uint64
	x.deltaLo, carry = bits.Add64(x.deltaLo, new, 0)
	x.deltaHi += carry
	x.deltaLo, carry = bits.Sub64(x.deltaLo, old, 0)
	x.deltaHi -= carry
}

// balanced reports whether the sum of all balances is unchanged.
func (x *execution) balanced() bool { return x.deltaHi == 0 && x.deltaLo == 0 }

// consume takes n compute units and reports whether that many were left.
func (x *execution) consume(n uint64) bool {
	if x.meter < n {
		x.meter = 0
		return false
	}
	x.meter -= n
	return true
}
