package svm

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/gagliardetto/solana-go"
)

// nonceState is a durable nonce: a value that replaces a blockhash until it is advanced.
type nonceState struct {
	legacy      bool // the old version, whose value no transaction can use
	initialized bool
	authority   solana.PublicKey
	value       solana.Hash
	fee         uint64 // lamports per signature when the value was set
}

// nonceSize is the data length of a nonce account: version, state, authority, value, fee.
const nonceSize = 80

// parseNonce parses the data of a nonce account.
func parseNonce(data []byte) (n nonceState, err *InstructionError) {
	d := &bincodeReader{b: data, ok: true}
	version, state := d.u32(), d.u32()
	if state == 1 {
		n.initialized = true
		n.authority, n.value, n.fee = d.key(), solana.Hash(d.key()), d.u64()
	}
	if !d.ok || version > 1 || state > 1 {
		return n, errInvalidAccountData
	}
	n.legacy = version == 0
	return n, nil
}

// encode returns the data of a nonce account.
func (n nonceState) encode() []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, uint32(flag(!n.legacy)))
	b = le.AppendUint32(b, uint32(flag(n.initialized)))
	if !n.initialized {
		return b
	}
	b = append(append(b, n.authority[:]...), n.value[:]...)
	return le.AppendUint64(b, n.fee)
}

// isNonce reports whether data is that of an initialized nonce account.
func isNonce(data []byte) bool {
	n, err := parseNonce(data)
	return err == nil && n.initialized && len(data) == nonceSize
}

// nonceValue returns the nonce value derived from a blockhash.
func nonceValue(h solana.Hash) solana.Hash {
	return sha256.Sum256(append([]byte("DURABLE_NONCE"), h[:]...))
}

// durableNonce returns the index of the nonce account whose value a transaction uses as its blockhash, or -1. The first
// instruction must advance the nonce and be signed by its authority; b.mu is held.
func (b *Bank) durableNonce(m *message) int {
	if len(m.instructions) == 0 {
		return -1
	}
	in := m.instructions[0]
	if m.keys[in.program] != SystemProgramID || len(in.data) < 4 || binary.LittleEndian.Uint32(in.data) != sysAdvanceNonce || len(in.accounts) == 0 {
		return -1
	}
	i := int(in.accounts[0])
	a := b.lookup(m.keys[i])
	if i >= m.static || !m.writable[i] || a == nil || a.Owner != SystemProgramID || len(a.Data) != nonceSize {
		return -1
	}
	n, err := parseNonce(a.Data)
	if err != nil || n.legacy || !n.initialized || n.value != m.blockhash || n.value == nonceValue(slotHash(b.state.slots.slot)) {
		return -1
	}
	for _, s := range in.accounts {
		if m.isSigner(int(s)) && m.keys[s] == n.authority {
			return i
		}
	}
	return -1
}

// advanceNonce sets a new value, which also happens if the rest of the transaction fails.
func (x *execution) advanceNonce(a *Account) {
	n, err := parseNonce(a.Data)
	if err != nil {
		return
	}
	n.value, n.fee = nonceValue(x.blockhash), lamportsPerSignature
	a.Data = n.encode()
}

// systemNonce executes the system program's instructions for nonces.
func (f *frame) systemNonce(d *bincodeReader, tag uint32) *InstructionError {
	var lamports uint64
	var who solana.PublicKey
	switch tag {
	case sysWithdrawNonce:
		lamports = d.u64()
	case sysInitializeNonce, sysAuthorizeNonce:
		who = d.key()
	}
	if !d.ok {
		return errInvalidInstructionData
	}
	accounts := 1
	if tag == sysWithdrawNonce {
		accounts = 2
	}
	if err := f.need(accounts); err != nil {
		return err
	}
	switch tag {
	case sysAdvanceNonce:
		return f.nonceAdvance()
	case sysWithdrawNonce:
		return f.nonceWithdraw(lamports)
	case sysInitializeNonce:
		return f.nonceInitialize(who)
	case sysAuthorizeNonce:
		return f.nonceAuthorize(who)
	}
	return f.nonceUpgrade()
}

// nonceAt0 returns the nonce of the account at 0, which must be writable.
func (f *frame) nonceAt0(verb string) (nonceState, *InstructionError) {
	b := f.borrow(0)
	if !b.ix.writable {
		f.x.logs.addf("%s nonce account: Account %s must be writeable", verb, b.key)
		return nonceState{}, errInvalidArgument
	}
	return parseNonce(b.Data)
}

// setNonce writes the nonce of the account at 0.
func (f *frame) setNonce(n nonceState) *InstructionError {
	data, err := f.borrow(0).mutableData()
	if err != nil {
		return err
	}
	raw := n.encode()
	if len(raw) > len(data) {
		return errAccountDataTooSmall
	}
	copy(data, raw)
	return nil
}

// fresh reports whether the nonce already has the value of the current slot.
func (f *frame) fresh(n nonceState) bool { return n.value == nonceValue(f.x.blockhash) }

func (f *frame) nonceAdvance() *InstructionError {
	if err := f.sysvarAt(1, sysvarRecentBlockhashesID); err != nil {
		return err
	}
	n, err := f.nonceAt0("Advance")
	switch {
	case err != nil:
		return err
	case !n.initialized:
		f.x.logs.addf("Advance nonce account: Account %s state is invalid", f.keyOf(0))
		return errInvalidAccountData
	case !f.signed(address{key: n.authority}):
		f.x.logs.addf("Advance nonce account: Account %s must be a signer", n.authority)
		return errMissingRequiredSignature
	case f.fresh(n):
		return f.refuse("Advance nonce account: nonce can only advance once per slot", errNonceNotExpired)
	}
	return f.setNonce(nonceState{initialized: true, authority: n.authority, value: nonceValue(f.x.blockhash), fee: lamportsPerSignature})
}

func (f *frame) nonceInitialize(authority solana.PublicKey) *InstructionError {
	if err := f.sysvarAt(1, sysvarRecentBlockhashesID); err != nil {
		return err
	}
	if err := f.sysvarAt(2, sysvarRentID); err != nil {
		return err
	}
	n, err := f.nonceAt0("Initialize")
	b := f.borrow(0)
	switch minimum := RentExempt(len(b.Data)); {
	case err != nil:
		return err
	case n.initialized:
		f.x.logs.addf("Initialize nonce account: Account %s state is invalid", b.key)
		return errInvalidAccountData
	case b.Lamports < minimum:
		f.x.logs.addf("Initialize nonce account: insufficient lamports %d, need %d", b.Lamports, minimum)
		return errInsufficientFunds
	}
	return f.setNonce(nonceState{initialized: true, authority: authority, value: nonceValue(f.x.blockhash), fee: lamportsPerSignature})
}

func (f *frame) nonceAuthorize(authority solana.PublicKey) *InstructionError {
	n, err := f.nonceAt0("Authorize")
	switch {
	case err != nil:
		return err
	case !n.initialized:
		f.x.logs.addf("Authorize nonce account: Account %s state is invalid", f.keyOf(0))
		return errInvalidAccountData
	case !f.signed(address{key: n.authority}):
		f.x.logs.addf("Authorize nonce account: Account %s must sign", n.authority)
		return errMissingRequiredSignature
	}
	n.authority = authority
	return f.setNonce(n)
}

func (f *frame) nonceUpgrade() *InstructionError {
	b := f.borrow(0)
	if b.Owner != SystemProgramID {
		return errInvalidAccountOwner
	}
	if !b.ix.writable {
		return errInvalidArgument
	}
	n, err := parseNonce(b.Data)
	if err != nil {
		return err
	}
	if !n.legacy || !n.initialized {
		return errInvalidArgument
	}
	n.legacy, n.value = false, nonceValue(n.value)
	return f.setNonce(n)
}

func (f *frame) nonceWithdraw(lamports uint64) *InstructionError {
	if err := f.sysvarAt(2, sysvarRecentBlockhashesID); err != nil {
		return err
	}
	if err := f.sysvarAt(3, sysvarRentID); err != nil {
		return err
	}
	n, err := f.nonceAt0("Withdraw")
	if err != nil {
		return err
	}
	b := f.borrow(0)
	who, need := b.key, lamports
	if n.initialized {
		who = n.authority
		if lamports == b.Lamports && f.fresh(n) {
			return f.refuse("Withdraw nonce account: nonce can only advance once per slot", errNonceNotExpired)
		}
		if lamports != b.Lamports {
			if need = lamports + RentExempt(len(b.Data)); need < lamports {
				return errInsufficientFunds
			}
		}
	}
	if need > b.Lamports {
		f.x.logs.addf("Withdraw nonce account: insufficient lamports %d, need %d", b.Lamports, need)
		return errInsufficientFunds
	}
	if !f.signed(address{key: who}) {
		f.x.logs.addf("Withdraw nonce account: Account %s must sign", who)
		return errMissingRequiredSignature
	}
	if n.initialized && lamports == b.Lamports {
		if err := f.setNonce(nonceState{}); err != nil {
			return err
		}
	}
	if err := b.setLamports(b.Lamports - lamports); err != nil {
		return err
	}
	return f.borrow(1).addLamports(lamports)
}
