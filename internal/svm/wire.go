package svm

import (
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"
)

// MaxTransaction is the size of the largest transaction in bytes: one packet.
const MaxTransaction = 1232

// message is a parsed transaction. Its slices point into the wire bytes.
type message struct {
	wire       []byte
	signatures []solana.Signature
	signed     []byte // what the signatures sign
	version    int    // -1: legacy

	signers, readonlySigned, readonlyUnsigned int

	keys         []solana.PublicKey // static keys, then those of lookup tables
	static       int
	writable     []bool // by key; set by resolve
	blockhash    solana.Hash
	instructions []instruction
	lookups      []lookup
}

// instruction is a top-level instruction; program and accounts are indices of keys.
type instruction struct {
	program  int
	accounts []byte
	data     []byte
}

// lookup refers to accounts by their index in a lookup table.
type lookup struct {
	table              solana.PublicKey
	writable, readonly []byte
}

// errVersion is the error for an unsupported message version.
var errVersion = errors.New("only legacy and version 0 transactions are supported")

// reader decodes a wire format; after the first error it returns nothing more.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
	r.b = nil
}

func (r *reader) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n > len(r.b) {
		r.fail("%d bytes are missing at the end", n-len(r.b))
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() int {
	if b := r.take(1); b != nil {
		return int(b[0])
	}
	return 0
}

// count reads a compact-u16: 7 bits per byte, lowest first, in the shortest form.
func (r *reader) count() int {
	v := 0
	for i := range 3 {
		b := r.byte()
		v |= b & 0x7f << (7 * i)
		if b < 0x80 {
			if i > 0 && b == 0 || v > 0xffff {
				r.fail("malformed length")
				return 0
			}
			return v
		}
	}
	r.fail("malformed length")
	return 0
}

func (r *reader) bytes() []byte { return r.take(r.count()) }

func (r *reader) key() (k solana.PublicKey) {
	copy(k[:], r.take(len(k)))
	return k
}

// parseTransaction parses and checks a transaction in wire format, without its lookup tables.
func parseTransaction(wire []byte) (*message, error) {
	if len(wire) > MaxTransaction {
		return nil, fmt.Errorf("transaction of %d bytes is larger than %d", len(wire), MaxTransaction)
	}
	r := &reader{b: wire}
	m := &message{wire: wire, version: -1}
	m.signatures = make([]solana.Signature, 0, 1)
	for range r.count() {
		if r.err != nil {
			return nil, r.err
		}
		var s solana.Signature
		copy(s[:], r.take(len(s)))
		m.signatures = append(m.signatures, s)
	}
	m.signed = r.b
	if err := m.parseMessage(r); err != nil {
		return nil, err
	}
	if len(r.b) > 0 {
		return nil, fmt.Errorf("%d bytes after the transaction", len(r.b))
	}
	return m, m.sanitize()
}

// parseMessage reads a legacy or version 0 message.
func (m *message) parseMessage(r *reader) error {
	first := r.byte()
	if first&0x80 != 0 {
		if m.version = first & 0x7f; m.version != 0 {
			return fmt.Errorf("version %d: %w", m.version, errVersion)
		}
		first = r.byte()
	}
	m.signers, m.readonlySigned, m.readonlyUnsigned = first, r.byte(), r.byte()
	n := r.count()
	if n > len(r.b)/len(solana.PublicKey{}) {
		r.fail("%d account keys do not fit", n)
	}
	if r.err == nil {
		m.keys = make([]solana.PublicKey, 0, n)
		for range n {
			m.keys = append(m.keys, r.key())
		}
	}
	m.static = len(m.keys)
	copy(m.blockhash[:], r.take(len(m.blockhash)))
	for range r.count() {
		if r.err != nil {
			break
		}
		m.instructions = append(m.instructions, instruction{program: r.byte(), accounts: r.bytes(), data: r.bytes()})
	}
	if m.version == 0 {
		for range r.count() {
			if r.err != nil {
				break
			}
			m.lookups = append(m.lookups, lookup{table: r.key(), writable: r.bytes(), readonly: r.bytes()})
		}
	}
	return r.err
}

// sanitize checks that a message is well-formed.
func (m *message) sanitize() error {
	switch {
	case m.signers+m.readonlyUnsigned > m.static:
		return errors.New("the header counts more accounts than the message has")
	case m.readonlySigned >= m.signers:
		return errors.New("no writable signer to pay the fee")
	case len(m.signatures) != m.signers:
		return fmt.Errorf("%d signatures, but %d signers", len(m.signatures), m.signers)
	}
	total := m.static
	for _, l := range m.lookups {
		if len(l.writable)+len(l.readonly) == 0 {
			return errors.New("a lookup table without indices")
		}
		total += len(l.writable) + len(l.readonly)
	}
	if total > 256 {
		return fmt.Errorf("%d accounts are more than 256", total)
	}
	for i, in := range m.instructions {
		if in.program == 0 || in.program >= m.static {
			return fmt.Errorf("instruction %d: program index %d", i, in.program)
		}
		for _, a := range in.accounts {
			if int(a) >= total {
				return fmt.Errorf("instruction %d: account index %d of %d", i, a, total)
			}
		}
	}
	return nil
}

// isSigner reports whether the key at i signs.
func (m *message) isSigner(i int) bool { return i < m.signers }

// headerWritable reports whether the header marks a static key as writable.
func (m *message) headerWritable(i int) bool {
	if i < m.signers {
		return i < m.signers-m.readonlySigned
	}
	return i < m.static-m.readonlyUnsigned
}

// isInvoked reports whether the key at i is the program of an instruction.
func (m *message) isInvoked(i int) bool {
	for _, in := range m.instructions {
		if in.program == i {
			return true
		}
	}
	return false
}

// resolve appends the addresses from lookup tables to keys and determines which accounts are writable.
func (m *message) resolve(loadedWritable, loadedReadonly []solana.PublicKey) {
	m.keys = append(append(m.keys, loadedWritable...), loadedReadonly...)
	m.writable = make([]bool, len(m.keys))
	upgradeable := false
	for _, k := range m.keys {
		upgradeable = upgradeable || k == UpgradeableLoaderID
	}
	for i, k := range m.keys {
		w := i >= m.static && i < m.static+len(loadedWritable) || i < m.static && m.headerWritable(i)
		// An invoked program is not writable, unless the transaction also uses the loader, to upgrade it.
		m.writable[i] = w && !reservedKeys[k] && (upgradeable || !m.isInvoked(i))
	}
}

// lockError returns an error if the transaction cannot lock its accounts.
func (m *message) lockError() *TransactionError {
	seen := make(map[solana.PublicKey]struct{}, len(m.keys))
	for _, k := range m.keys {
		seen[k] = struct{}{}
	}
	switch {
	case len(seen) < len(m.keys):
		return ErrAccountLoadedTwice
	case len(m.keys) > maxAccountLocks:
		return ErrTooManyAccountLocks
	}
	return nil
}

// maxAccountLocks is how many accounts a transaction may use.
const maxAccountLocks = 64

// reservedKeys are the accounts that are never writable.
var reservedKeys = func() map[solana.PublicKey]bool {
	keys := map[solana.PublicKey]bool{}
	for _, s := range []string{
		"AddressLookupTab1e1111111111111111111111111", "BPFLoader2111111111111111111111111111111111",
		"BPFLoader1111111111111111111111111111111111", "BPFLoaderUpgradeab1e11111111111111111111111",
		"ComputeBudget111111111111111111111111111111", "Config1111111111111111111111111111111111111",
		"Ed25519SigVerify111111111111111111111111111", "Feature111111111111111111111111111111111111",
		"LoaderV411111111111111111111111111111111111", "KeccakSecp256k11111111111111111111111111111",
		"Secp256r1SigVerify1111111111111111111111111", "StakeConfig11111111111111111111111111111111",
		"Stake11111111111111111111111111111111111111", "11111111111111111111111111111111",
		"Vote111111111111111111111111111111111111111", "ZkE1Gama1Proof11111111111111111111111111111",
		"ZkTokenProof1111111111111111111111111111111", "SysvarC1ock11111111111111111111111111111111",
		"SysvarEpochRewards1111111111111111111111111", "SysvarEpochSchedu1e111111111111111111111111",
		"SysvarFees111111111111111111111111111111111", "Sysvar1nstructions1111111111111111111111111",
		"SysvarLastRestartS1ot1111111111111111111111", "SysvarRecentB1ockHashes11111111111111111111",
		"SysvarRent111111111111111111111111111111111", "SysvarRewards111111111111111111111111111111",
		"SysvarS1otHashes111111111111111111111111111", "SysvarS1otHistory11111111111111111111111111",
		"SysvarStakeHistory1111111111111111111111111", "NativeLoader1111111111111111111111111111111",
		"Sysvar1111111111111111111111111111111111111",
	} {
		keys[solana.MustPublicKeyFromBase58(s)] = true
	}
	return keys
}()
