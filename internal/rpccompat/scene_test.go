package rpccompat

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	associated "github.com/gagliardetto/solana-go/programs/associated-token-account"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/gagliardetto/solana-go/programs/token"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/spltoken"
	"github.com/decloud-sdk/decloud-go/internal/surfpool"
	"github.com/decloud-sdk/decloud-go/localnet"
)

const (
	decimals  = 6
	mintSize  = 82
	mintPrice = 1_461_600 // lamports that exempt a mint from rent
)

// scene are the accounts that both chains have: who pays and holds 3.5 tokens, of which to may spend 0.25; to holds 1.5.
type scene struct {
	who, mint    solana.PrivateKey
	to           solana.PublicKey
	mine, theirs solana.PublicKey // token accounts
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{who: solana.NewWallet().PrivateKey, mint: solana.NewWallet().PrivateKey, to: solana.NewWallet().PublicKey()}
	var err error
	s.mine, _, err = solana.FindAssociatedTokenAddress(s.who.PublicKey(), s.mint.PublicKey())
	require.NoError(t, err)
	s.theirs, _, err = solana.FindAssociatedTokenAddress(s.to, s.mint.PublicKey())
	require.NoError(t, err)
	return s
}

// both returns Surfpool and the local chain after the same transactions.
func both(t *testing.T) (peer, ours node) {
	t.Helper()
	s, surf := newScene(t), surfpool.Start(t)
	dirs := spltoken.Dirs(t)
	if len(dirs) == 0 {
		t.Skip("no token program")
	}
	local := localnet.New(t, localnet.Empty(), localnet.WithToken(dirs[0]))
	return prepare(t, s, surf.RPC, surf.WS), prepare(t, s, local.URL(), local.WSURL())
}

// prepare funds the wallet, sends a transfer, and makes the tokens.
func prepare(t *testing.T, s *scene, url, ws string) node {
	t.Helper()
	n := node{scene: s, t: t, url: url, ws: ws}
	client := rpc.New(url)
	defer client.Close()
	_, err := client.RequestAirdrop(t.Context(), s.who.PublicKey(), 10*solana.LAMPORTS_PER_SOL, "")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		out, err := client.GetBalance(t.Context(), s.who.PublicKey(), rpc.CommitmentConfirmed)
		return err == nil && out.Value > 0
	}, 10*time.Second, 20*time.Millisecond)
	n.sent, n.slot = n.send(n.sign(system.NewTransferInstruction(solana.LAMPORTS_PER_SOL, s.who.PublicKey(), s.to).Build()))
	n.tokens, _ = n.send(n.sign(s.makeTokens()...))
	return n
}

func (s *scene) makeTokens() []solana.Instruction {
	who, mint := s.who.PublicKey(), s.mint.PublicKey()
	return []solana.Instruction{
		system.NewCreateAccountInstruction(mintPrice, mintSize, solana.TokenProgramID, who, mint).Build(),
		token.NewInitializeMint2Instruction(decimals, who, who, mint).Build(),
		associated.NewCreateInstruction(who, who, mint).Build(),
		associated.NewCreateInstruction(who, s.to, mint).Build(),
		token.NewMintToInstruction(5_000_000, mint, s.mine, who, nil).Build(),
		token.NewApproveInstruction(250_000, s.mine, s.to, who, nil).Build(),
		s.moveTokens(1_500_000),
	}
}

func (s *scene) moveTokens(amount uint64) solana.Instruction {
	return token.NewTransferCheckedInstruction(amount, decimals, s.mine, s.mint.PublicKey(), s.theirs, s.who.PublicKey(), nil).Build()
}

// sign returns a transaction on the latest blockhash.
func (n node) sign(instructions ...solana.Instruction) *solana.Transaction {
	n.t.Helper()
	client := rpc.New(n.url)
	defer client.Close()
	latest, err := client.GetLatestBlockhash(n.t.Context(), "")
	require.NoError(n.t, err)
	tx, err := solana.NewTransaction(instructions, latest.Value.Blockhash, solana.TransactionPayer(n.who.PublicKey()))
	require.NoError(n.t, err)
	_, err = tx.Sign(func(key solana.PublicKey) *solana.PrivateKey {
		if key == n.mint.PublicKey() {
			return &n.mint
		}
		return &n.who
	})
	require.NoError(n.t, err)
	return tx
}

// send sends a transaction and waits until it has succeeded.
func (n node) send(tx *solana.Transaction) (signature string, slot uint64) {
	n.t.Helper()
	client := rpc.New(n.url)
	defer client.Close()
	sig, err := client.SendTransaction(n.t.Context(), tx)
	require.NoError(n.t, err)
	require.Eventually(n.t, func() bool {
		got, err := client.GetSignatureStatuses(n.t.Context(), true, sig)
		if err != nil || got.Value[0] == nil {
			return false
		}
		require.Nil(n.t, got.Value[0].Err)
		slot = got.Value[0].Slot
		return true
	}, 10*time.Second, 20*time.Millisecond)
	return sig.String(), slot
}
