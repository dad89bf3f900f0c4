package chain_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/internal/svm/sbpftest"
	"github.com/decloud-sdk/decloud-go/localnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const sol = solana.LAMPORTS_PER_SOL

// epoch is when time begins in a synctest bubble.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// shop is who is paid in tests, and price what a payment is.
var shop = solana.PublicKey{'s', 'h', 'o', 'p'}

const price = sol / 10

// echoID and relayID are where two programs of these tests are.
var (
	echoID  = solana.MustPublicKeyFromBase58("Echo111111111111111111111111111111111111111")
	relayID = solana.MustPublicKeyFromBase58("Re1ay11111111111111111111111111111111111111")
)

// echoELF is a program that returns the first byte of its instruction's data, so
// that 0 succeeds and any other byte is the program's error of that number.
func echoELF() []byte {
	code := sbpftest.Insn(0x71, 0, 1, 16, 0) // r0 = the byte behind the counts of accounts and of bytes
	return sbpftest.V0(append(code, sbpftest.Exit()...))
}

// relayELF is a program that calls the program which is its only account, with
// the first byte of its own data.
func relayELF() []byte {
	var code []byte
	emit := func(op, dst, src uint8, off int16, imm int32) {
		code = append(code, sbpftest.Insn(op, dst, src, off, imm)...)
	}
	// The instruction for sol_invoke_signed_c: program, accounts, data.
	emit(0xbf, 3, 1, 0, 0)
	emit(0x07, 3, 0, 0, 16) // the account's key is behind the count and eight flags
	emit(0xb7, 4, 0, 0, 0)
	emit(0xb7, 5, 0, 0, 1)
	for i, register := range []uint8{3, 4, 4, 2, 5} {
		emit(0x7b, 10, register, int16(8*i-40), 0)
	}
	emit(0xbf, 1, 10, 0, 0)
	emit(0x07, 1, 0, 0, -40)
	for register := range uint8(4) {
		emit(0xb7, register+2, 0, 0, 0) // no accounts, no seeds
	}
	call := sbpftest.Call{Index: len(code) / 8, Name: "sol_invoke_signed_c"}
	emit(0x85, 0, 1, 0, -1)
	return sbpftest.V0(append(code, sbpftest.Exit()...), call)
}

func echo(code byte) solana.Instruction { return solana.NewInstruction(echoID, nil, []byte{code}) }

func relay(code byte) solana.Instruction {
	return solana.NewInstruction(relayID, solana.AccountMetaSlice{solana.Meta(echoID)}, []byte{code})
}

// world is a local chain with two small programs, and none of decloud's.
type world struct {
	*testing.T
	net   *localnet.Network
	route chaintest.Route // of its clients
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, net: localnet.New(t, localnet.InProcess(), localnet.Empty(),
		localnet.WithProgram(echoID, echoELF()), localnet.WithProgram(relayID, relayELF()))}
	w.route = chaintest.InProcess(w.net.RPC())
	require.NoError(t, w.net.Fund(shop, sol))
	return w
}

// viaNode makes a world whose clients go through a node with faults.
func viaNode(t *testing.T) (*world, *chaintest.Node) {
	w := newWorld(t)
	return w, w.route.ViaNode()
}

// withSocket makes a world whose clients have a node with faults and such a
// socket.
func withSocket(t *testing.T) (*world, *chaintest.Node, *chaintest.Socket) {
	w, n := viaNode(t)
	return w, n, w.route.WithSocket(t)
}

// client is one for a signer, or for none.
func (w *world) client(signer chain.Signer) *chain.Client { return w.route.Client(w.T, signer) }

// actor is a client with a funded wallet of its own.
func (w *world) actor() *chain.Client {
	key := chaintest.Keypair(w.T)
	require.NoError(w, w.net.Fund(key.PublicKey(), 10*sol))
	return w.client(key)
}

// pay makes one payment to the shop.
func pay(ctx context.Context, c *chain.Client) (chain.Receipt, error) {
	return c.Send(ctx, []solana.Instruction{system.NewTransferInstruction(price, c.Wallet(), shop).Build()})
}

// payments is how many the shop has had.
func (w *world) payments() int {
	account, _ := w.net.Account(shop)
	return int((account.Lamports - sol) / price)
}

func (w *world) balance(key solana.PublicKey) uint64 {
	account, _ := w.net.Account(key)
	return account.Lamports
}

// sending makes one payment through a node with faults and checks how many came
// of it.
func sending(t *testing.T, payments int, fault func(chaintest.Call) (*http.Response, error), check func(w *world, n *chaintest.Node, r chain.Receipt, err error)) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		c := w.actor()
		n.Inject(fault)
		r, err := pay(t.Context(), c)
		n.Inject(nil)
		check(w, n, r, err)
		require.Equal(t, payments, w.payments())
	})
}

func works(w *world, _ *chaintest.Node, _ chain.Receipt, err error) { require.NoError(w, err) }

// codes is an error table of a test's program: code 7 is known.
type codes struct{ name string }

func (c codes) Error() string { return c.name + ": seven" }

func (c codes) program(id solana.PublicKey) chain.Program {
	return chain.Program{ID: id, Name: c.name, Errors: func(code uint32) error {
		if code == 7 {
			return c
		}
		return chain.AnchorError(code)
	}}
}

var errEcho, errRelay = codes{"echo"}, codes{"relay"}

func isProgramError(t *testing.T, err error) *chain.ProgramError {
	t.Helper()
	var refusal *chain.ProgramError
	require.True(t, errors.As(err, &refusal), fmt.Sprint(err))
	return refusal
}
