package chain

import (
	"encoding/binary"
	"fmt"

	"github.com/gagliardetto/solana-go"
)

// The instructions of the SPL Token program that are built here, by the first
// byte of their data.
const (
	transferChecked = 12
	mintToChecked   = 14
	initializeMint2 = 20
)

// createIdempotent is the Associated Token Account program's instruction that
// leaves an existing account alone.
const createIdempotent = 1

// AssociatedTokenAddress is the address where a wallet holds the tokens of a mint
// by default. The account need not exist: [CreateAssociatedToken] makes it.
// Where wallet or mint is the zero key, so is the address, and no instruction
// here moves tokens there. Mints of Token-2022 have other addresses.
func AssociatedTokenAddress(wallet, mint solana.PublicKey) solana.PublicKey {
	if wallet.IsZero() || mint.IsZero() {
		return solana.PublicKey{}
	}
	return DeriveAddress(solana.SPLAssociatedTokenAccountProgramID, wallet[:], solana.TokenProgramID[:], mint[:])
}

// mustBeSet refuses keys that were left out. The zero key is the system program's
// address: what is given to it is lost.
func mustBeSet(names string, keys ...solana.PublicKey) error {
	for _, k := range keys {
		if k.IsZero() {
			return fmt.Errorf("%w: %s must be set", ErrArgument, names)
		}
	}
	return nil
}

// CreateAssociatedToken is the instruction that makes a wallet's account for the
// tokens of a mint, at [AssociatedTokenAddress]. If it exists, nothing happens.
type CreateAssociatedToken struct {
	Payer  solana.PublicKey // of the rent; signs
	Wallet solana.PublicKey // the owner of the new account
	Mint   solana.PublicKey // of the tokens
}

// ProgramID implements solana.Instruction.
func (CreateAssociatedToken) ProgramID() solana.PublicKey {
	return solana.SPLAssociatedTokenAccountProgramID
}

// Accounts implements solana.Instruction.
func (i CreateAssociatedToken) Accounts() []*solana.AccountMeta {
	return []*solana.AccountMeta{
		solana.Meta(i.Payer).WRITE().SIGNER(),
		solana.Meta(AssociatedTokenAddress(i.Wallet, i.Mint)).WRITE(),
		solana.Meta(i.Wallet),
		solana.Meta(i.Mint),
		solana.Meta(solana.SystemProgramID),
		solana.Meta(solana.TokenProgramID),
	}
}

// Data implements solana.Instruction. The error wraps [ErrArgument].
func (i CreateAssociatedToken) Data() ([]byte, error) {
	return []byte{createIdempotent}, mustBeSet("Payer, Wallet and Mint", i.Payer, i.Wallet, i.Mint)
}

// TransferTokens is the instruction that moves tokens between two accounts of
// the same mint.
type TransferTokens struct {
	From, To solana.PublicKey // token accounts, not wallets
	Mint     solana.PublicKey // of the tokens
	Owner    solana.PublicKey // of From, or its delegate; signs
	Amount   uint64           // in the mint's smallest unit
	Decimals uint8            // of the mint; the program refuses any other number
}

// ProgramID implements solana.Instruction.
func (TransferTokens) ProgramID() solana.PublicKey { return solana.TokenProgramID }

// Accounts implements solana.Instruction.
func (i TransferTokens) Accounts() []*solana.AccountMeta {
	return []*solana.AccountMeta{
		solana.Meta(i.From).WRITE(), solana.Meta(i.Mint), solana.Meta(i.To).WRITE(), solana.Meta(i.Owner).SIGNER(),
	}
}

// Data implements solana.Instruction. The error wraps [ErrArgument].
func (i TransferTokens) Data() ([]byte, error) {
	data := append(binary.LittleEndian.AppendUint64([]byte{transferChecked}, i.Amount), i.Decimals)
	return data, mustBeSet("From, To, Mint and Owner", i.From, i.To, i.Mint, i.Owner)
}

// MintTokens is the instruction that makes new tokens.
type MintTokens struct {
	Mint      solana.PublicKey // of the tokens
	To        solana.PublicKey // a token account, not a wallet
	Authority solana.PublicKey // of the mint; signs
	Amount    uint64           // in the mint's smallest unit
	Decimals  uint8            // of the mint; the program refuses any other number
}

// ProgramID implements solana.Instruction.
func (MintTokens) ProgramID() solana.PublicKey { return solana.TokenProgramID }

// Accounts implements solana.Instruction.
func (i MintTokens) Accounts() []*solana.AccountMeta {
	return []*solana.AccountMeta{solana.Meta(i.Mint).WRITE(), solana.Meta(i.To).WRITE(), solana.Meta(i.Authority).SIGNER()}
}

// Data implements solana.Instruction. The error wraps [ErrArgument].
func (i MintTokens) Data() ([]byte, error) {
	data := append(binary.LittleEndian.AppendUint64([]byte{mintToChecked}, i.Amount), i.Decimals)
	return data, mustBeSet("Mint, To and Authority", i.Mint, i.To, i.Authority)
}

// InitializeMint is the instruction that makes an account of [MintSize] bytes,
// owned by the SPL Token program, a mint. [Client.CreateMint] does all of it.
type InitializeMint struct {
	Mint            solana.PublicKey // the account that becomes a mint
	Decimals        uint8            // a whole token is 10^Decimals of the smallest unit
	Authority       solana.PublicKey // who may mint
	FreezeAuthority solana.PublicKey // who may freeze accounts; zero: nobody, ever
}

// ProgramID implements solana.Instruction.
func (InitializeMint) ProgramID() solana.PublicKey { return solana.TokenProgramID }

// Accounts implements solana.Instruction.
func (i InitializeMint) Accounts() []*solana.AccountMeta {
	return []*solana.AccountMeta{solana.Meta(i.Mint).WRITE()}
}

// Data implements solana.Instruction. The error wraps [ErrArgument].
func (i InitializeMint) Data() ([]byte, error) {
	data := append([]byte{initializeMint2, i.Decimals}, i.Authority[:]...)
	if i.FreezeAuthority.IsZero() {
		data = append(data, 0)
	} else {
		data = append(append(data, 1), i.FreezeAuthority[:]...)
	}
	return data, mustBeSet("Mint and Authority", i.Mint, i.Authority)
}
