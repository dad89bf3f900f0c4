package chain

import (
	"encoding/binary"
	"fmt"

	"github.com/gagliardetto/solana-go"
)

// The sizes of the SPL Token program's accounts, in bytes.
const (
	MintSize         = 82
	TokenAccountSize = 165
)

// Mint is a kind of token.
type Mint struct {
	Authority       solana.PublicKey // who may mint; zero: nobody, the supply is fixed
	Supply          uint64           // in the smallest unit
	Decimals        uint8            // a whole token is 10^Decimals of the smallest unit
	FreezeAuthority solana.PublicKey // who may freeze accounts; zero: nobody
}

// TokenAccount is an account that holds tokens of one mint.
type TokenAccount struct {
	Mint   solana.PublicKey // of its tokens
	Owner  solana.PublicKey // whose tokens they are
	Amount uint64           // in the mint's smallest unit
	Frozen bool             // nothing can be moved until the mint's authority thaws it
	// Delegate may move DelegatedAmount in the owner's place; zero: nobody may.
	Delegate        solana.PublicKey
	DelegatedAmount uint64           // in the mint's smallest unit
	Native          bool             // the tokens are wrapped SOL
	Reserve         uint64           // lamports for the rent, beside Amount; 0 unless Native
	CloseAuthority  solana.PublicKey // who may close the account in the owner's place; zero: nobody
}

// DecodeMint decodes a mint of the SPL Token program. The error wraps
// [ErrWrongType] for an account of another size and [ErrBadAccount] for one that is
// not initialized. It does not read mints of Token-2022, which is another program.
func DecodeMint(data []byte) (*Mint, error) {
	if len(data) != MintSize {
		return nil, fmt.Errorf("%w: a mint has %d bytes, this has %d", ErrWrongType, MintSize, len(data))
	}
	f := fields{data: data}
	m := &Mint{}
	m.Authority = f.optionalKey()
	m.Supply = f.uint64()
	m.Decimals = f.byte()
	initialized := f.byte()
	m.FreezeAuthority = f.optionalKey()
	if f.bad || initialized != 1 {
		return nil, ErrBadAccount
	}
	return m, nil
}

// DecodeTokenAccount decodes a token account of the SPL Token program. The error
// wraps [ErrWrongType] for an account of another size and [ErrBadAccount] for one
// that is not initialized.
func DecodeTokenAccount(data []byte) (*TokenAccount, error) {
	if len(data) != TokenAccountSize {
		return nil, fmt.Errorf("%w: a token account has %d bytes, this has %d", ErrWrongType, TokenAccountSize, len(data))
	}
	const initialized, frozen = 1, 2
	f := fields{data: data}
	a := &TokenAccount{}
	a.Mint, a.Owner = f.key(), f.key()
	a.Amount = f.uint64()
	a.Delegate = f.optionalKey()
	state := f.byte()
	a.Frozen = state == frozen
	a.Native = f.option()
	a.Reserve = f.uint64()
	a.DelegatedAmount = f.uint64()
	a.CloseAuthority = f.optionalKey()
	if f.bad || state != initialized && state != frozen {
		return nil, ErrBadAccount
	}
	return a, nil
}

// fields reads the fields of an account whose length was checked.
type fields struct {
	data []byte
	bad  bool // the tag of an option was neither 0 nor 1
}

func (f *fields) next(n int) []byte {
	b := f.data[:n]
	f.data = f.data[n:]
	return b
}

func (f *fields) byte() byte            { return f.next(1)[0] }
func (f *fields) uint64() uint64        { return binary.LittleEndian.Uint64(f.next(8)) }
func (f *fields) key() solana.PublicKey { return solana.PublicKey(f.next(32)) }

// option reports whether the field that follows is set.
func (f *fields) option() bool {
	tag := binary.LittleEndian.Uint32(f.next(4))
	f.bad = f.bad || tag > 1
	return tag == 1
}

// optionalKey is the zero key if there is none.
func (f *fields) optionalKey() solana.PublicKey {
	there, key := f.option(), f.key()
	if !there {
		return solana.PublicKey{}
	}
	return key
}
