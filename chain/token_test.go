package chain_test

import (
	"bytes"
	"fmt"
	"testing"

	bin "github.com/gagliardetto/binary"
	"github.com/gagliardetto/solana-go"
	associated "github.com/gagliardetto/solana-go/programs/associated-token-account"
	"github.com/gagliardetto/solana-go/programs/token"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/spltoken"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// keyed is a different key for each letter.
func keyed(letter byte) solana.PublicKey {
	return solana.PublicKeyFromBytes(bytes.Repeat([]byte{letter}, 32))
}

func ExampleAssociatedTokenAddress() {
	wallet := solana.MustPublicKeyFromBase58("DCLDgP6xHuVmcKuGvAzKEkrbSYHApp9568JhVoXsF2Hh")
	usdc := solana.MustPublicKeyFromBase58("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v")
	fmt.Println(chain.AssociatedTokenAddress(wallet, usdc))
	// Output: Hy9Aea2ysCodGnunKkoKf4wXENqMjWkhZ96LBKkzTzL3
}

// The instructions are the bytes that solana-go's builders make.
func TestTokenInstructions(t *testing.T) {
	from, to, mint, owner, payer := keyed('f'), keyed('t'), keyed('m'), keyed('o'), keyed('p')
	for name, c := range map[string]struct{ got, want solana.Instruction }{
		"create":     {chain.CreateAssociatedToken{Payer: payer, Wallet: owner, Mint: mint}, associated.NewCreateIdempotentInstruction(payer, owner, mint).Build()},
		"transfer":   {chain.TransferTokens{From: from, To: to, Mint: mint, Owner: owner, Amount: 1 << 40, Decimals: 6}, token.NewTransferCheckedInstruction(1<<40, 6, from, mint, to, owner, nil).Build()},
		"mint":       {chain.MintTokens{Mint: mint, To: to, Authority: owner, Amount: 7, Decimals: 9}, token.NewMintToCheckedInstruction(7, 9, mint, to, owner, nil).Build()},
		"initialize": {chain.InitializeMint{Mint: mint, Decimals: 6, Authority: owner, FreezeAuthority: payer}, token.NewInitializeMint2Instruction(6, owner, payer, mint).Build()},
		"no freezing": {chain.InitializeMint{Mint: mint, Decimals: 6, Authority: owner},
			token.NewInitializeMint2InstructionBuilder().SetDecimals(6).SetMintAuthority(owner).SetMintAccount(mint).Build()},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want.ProgramID(), c.got.ProgramID())
			require.Equal(t, c.want.Accounts(), c.got.Accounts())
			want, err := c.want.Data()
			require.NoError(t, err)
			got, err := c.got.Data()
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

// tokenWorld is a chain with the real token programs, and a mint of six decimals.
type tokenWorld struct {
	net   *localnet.Network
	alice *chain.Client // may mint and freeze
	mint  solana.PublicKey
}

func (w tokenWorld) wallet(t *testing.T) *chain.Client {
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, w.net.Fund(key.PublicKey(), chain.LamportsPerSOL))
	c, err := chain.NewClient(chain.Config{RPC: w.net.RPC(), Signer: key})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func eachToken(t *testing.T, test func(t *testing.T, w tokenWorld)) {
	spltoken.Each(t, func(t *testing.T, dir string) {
		w := tokenWorld{net: localnet.New(t, localnet.InProcess(), localnet.Empty(), localnet.WithToken(dir))}
		w.alice = w.wallet(t)
		var err error
		w.mint, _, err = w.alice.CreateMint(t.Context(), 6)
		require.NoError(t, err)
		test(t, w)
	})
}

// of is a wallet's account for the mint.
func (w tokenWorld) of(c *chain.Client) solana.PublicKey {
	return chain.AssociatedTokenAddress(c.Wallet(), w.mint)
}

// create makes the account that a wallet receives at.
func (w tokenWorld) create(payer, wallet *chain.Client) solana.Instruction {
	return chain.CreateAssociatedToken{Payer: payer.Wallet(), Wallet: wallet.Wallet(), Mint: w.mint}
}

// give mints tokens for a wallet.
func (w tokenWorld) give(t *testing.T, c *chain.Client, amount uint64) {
	t.Helper()
	_, err := w.alice.Send(t.Context(), []solana.Instruction{
		w.create(w.alice, c),
		chain.MintTokens{Mint: w.mint, To: w.of(c), Authority: w.alice.Wallet(), Amount: amount, Decimals: 6},
	})
	require.NoError(t, err)
}

func (w tokenWorld) transfer(from, to *chain.Client, amount uint64) chain.TransferTokens {
	return chain.TransferTokens{From: w.of(from), To: w.of(to), Mint: w.mint, Owner: from.Wallet(), Amount: amount, Decimals: 6}
}

func TestTokens(t *testing.T) {
	eachToken(t, func(t *testing.T, w tokenWorld) {
		alice, bob := w.alice, w.wallet(t)
		mint, err := alice.Mint(t.Context(), w.mint)
		require.NoError(t, err)
		require.Equal(t, &chain.Mint{Authority: alice.Wallet(), Decimals: 6, FreezeAuthority: alice.Wallet()}, mint)

		w.give(t, alice, 1_000_000)
		_, err = alice.Send(t.Context(), []solana.Instruction{w.create(alice, alice), w.create(alice, bob), w.transfer(alice, bob, 250_000)})
		require.NoError(t, err)
		for _, c := range []struct {
			who  *chain.Client
			want uint64
		}{{alice, 750_000}, {bob, 250_000}, {w.wallet(t), 0}} {
			balance, err := alice.TokenBalance(t.Context(), c.who.Wallet(), w.mint)
			require.NoError(t, err)
			require.Equal(t, c.want, balance)
		}
		account, err := alice.TokenAccount(t.Context(), w.of(bob))
		require.NoError(t, err)
		require.Equal(t, &chain.TokenAccount{Mint: w.mint, Owner: bob.Wallet(), Amount: 250_000}, account)
		mint, err = alice.Mint(t.Context(), w.mint)
		require.NoError(t, err)
		require.EqualValues(t, 1_000_000, mint.Supply)
	})
}

func TestTokenRefusals(t *testing.T) {
	eachToken(t, func(t *testing.T, w tokenWorld) {
		alice, bob := w.alice, w.wallet(t)
		w.give(t, alice, 100)
		w.give(t, bob, 100)
		other, _, err := alice.CreateMint(t.Context(), 6)
		require.NoError(t, err)
		changed := func(change func(*chain.TransferTokens)) chain.TransferTokens {
			i := w.transfer(alice, bob, 1)
			change(&i)
			return i
		}
		for name, c := range map[string]struct {
			do   solana.Instruction
			want error
		}{
			"too many":       {w.transfer(alice, bob, 101), chain.ErrTooFewTokens},
			"wrong decimals": {changed(func(i *chain.TransferTokens) { i.Decimals = 9 }), chain.ErrMintDecimalsMismatch},
			"wrong mint":     {changed(func(i *chain.TransferTokens) { i.Mint = other }), chain.ErrMintMismatch},
			"not the owner":  {changed(func(i *chain.TransferTokens) { i.From, i.To = i.To, i.From }), chain.ErrTokenOwnerMismatch},
			"account of another mint": {chain.MintTokens{Mint: other, To: w.of(bob), Authority: alice.Wallet(), Amount: 1, Decimals: 6},
				chain.ErrMintMismatch},
			"a second time": {chain.InitializeMint{Mint: w.mint, Decimals: 6, Authority: alice.Wallet()}, chain.ErrTokenAlreadyInUse},
		} {
			_, err := alice.Send(t.Context(), []solana.Instruction{c.do})
			require.ErrorIs(t, err, c.want, name)
			var refused *chain.ProgramError
			require.ErrorAs(t, err, &refused, name)
			require.Equal(t, solana.TokenProgramID, refused.Program, name)
		}

		_, err = bob.Send(t.Context(), []solana.Instruction{chain.MintTokens{Mint: w.mint, To: w.of(bob), Authority: bob.Wallet(), Amount: 1, Decimals: 6}})
		require.ErrorIs(t, err, chain.ErrTokenOwnerMismatch, "only the authority mints")
		_, err = alice.Send(t.Context(), []solana.Instruction{w.transfer(alice, w.wallet(t), 1)})
		require.ErrorAs(t, err, new(*chain.TransactionError), "the account to receive at was not created")

		_, err = alice.Send(t.Context(), []solana.Instruction{token.NewFreezeAccountInstruction(w.of(bob), w.mint, alice.Wallet(), nil).Build()})
		require.NoError(t, err)
		_, err = bob.Send(t.Context(), []solana.Instruction{w.transfer(bob, alice, 1)})
		require.ErrorIs(t, err, chain.ErrTokenAccountFrozen)
		account, err := bob.TokenAccount(t.Context(), w.of(bob))
		require.NoError(t, err)
		require.True(t, account.Frozen)
	})
}

func TestReadingWhatIsNoTokenAccount(t *testing.T) {
	eachToken(t, func(t *testing.T, w tokenWorld) {
		w.give(t, w.alice, 1)
		for name, c := range map[string]struct {
			read func() error
			want error
		}{
			"no account":        {func() error { _, err := w.alice.TokenAccount(t.Context(), keyed('x')); return err }, chain.ErrNotFound},
			"a wallet":          {func() error { _, err := w.alice.Mint(t.Context(), w.alice.Wallet()); return err }, chain.ErrNotFound},
			"a mint":            {func() error { _, err := w.alice.TokenAccount(t.Context(), w.mint); return err }, chain.ErrWrongType},
			"an account":        {func() error { _, err := w.alice.Mint(t.Context(), w.of(w.alice)); return err }, chain.ErrWrongType},
			"another program's": {func() error { _, err := w.alice.Mint(t.Context(), solana.TokenProgramID); return err }, chain.ErrWrongOwner},
		} {
			require.ErrorIs(t, c.read(), c.want, name)
		}
	})
}

// Every account that is accepted is read as solana-go reads it.
func FuzzTokenAccounts(f *testing.F) {
	account := make([]byte, chain.TokenAccountSize)
	account[108] = 1 // initialized
	f.Add(account)
	frozen := bytes.Clone(account)
	frozen[72], frozen[108], frozen[109], frozen[129] = 1, 2, 1, 1 // with all options
	f.Add(frozen)
	mint := make([]byte, chain.MintSize)
	mint[0], mint[45], mint[46] = 1, 1, 1
	f.Add(mint)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := chain.DecodeMint(data); err == nil {
			var want token.Mint
			require.NoError(t, bin.UnmarshalBin(&want, data))
			require.Equal(t, want.Supply, m.Supply)
			require.Equal(t, want.Decimals, m.Decimals)
			require.Equal(t, orZero(want.MintAuthority), m.Authority)
			require.Equal(t, orZero(want.FreezeAuthority), m.FreezeAuthority)
		}
		if a, err := chain.DecodeTokenAccount(data); err == nil {
			var want token.Account
			require.NoError(t, bin.UnmarshalBin(&want, data))
			require.Equal(t, want.Mint, a.Mint)
			require.Equal(t, want.Owner, a.Owner)
			require.Equal(t, want.Amount, a.Amount)
			require.Equal(t, want.State == token.Frozen, a.Frozen)
			require.Equal(t, orZero(want.Delegate), a.Delegate)
			require.Equal(t, want.DelegatedAmount, a.DelegatedAmount)
			require.Equal(t, want.IsNative != nil, a.Native)
			if a.Native {
				require.Equal(t, *want.IsNative, a.Reserve)
			}
			require.Equal(t, orZero(want.CloseAuthority), a.CloseAuthority)
		}
	})
}

func orZero(key *solana.PublicKey) solana.PublicKey {
	if key == nil {
		return solana.PublicKey{}
	}
	return *key
}
