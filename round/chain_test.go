package round_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

const (
	sol      = 1_000_000_000
	modelCID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
)

// gradientCID is a different well-formed text for each n.
func gradientCID(n int) string {
	const digits = "abcdefghijklmnopqrstuvwxyz234567"
	return modelCID[:len(modelCID)-2] + string(digits[n/32%32]) + string(digits[n%32])
}

// world is a local chain with the program on it.
type world struct {
	*testing.T
	net   *localnet.Network
	route chaintest.Route // of its clients
	// authority is who may change the protocol.
	authority *round.Client
}

func newWorld(t *testing.T, opts ...localnet.Option) *world {
	opts = append([]localnet.Option{localnet.InProcess(), localnet.Empty(), localnet.WithProgram(round.LocalProgram, round.Program())}, opts...)
	w := &world{T: t, net: localnet.New(t, opts...)}
	w.route = chaintest.InProcess(w.net.RPC())
	w.authority = w.actor()
	w.ok(w.authority.Initialize(t.Context()))
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

// client is one for the program at its usual address.
func (w *world) client(signer chain.Signer) *round.Client {
	c, err := round.NewClient(round.Config{Chain: w.route.Client(w.T, signer), Program: round.LocalProgram})
	require.NoError(w, err)
	return c
}

// actor is a client with a funded wallet of its own.
func (w *world) actor() *round.Client {
	key := chaintest.Keypair(w.T)
	require.NoError(w, w.net.Fund(key.PublicKey(), 1000*sol))
	return w.client(key)
}

// rounds is how many rounds there are.
func (w *world) rounds() int {
	direct := *w
	direct.route = chaintest.InProcess(w.net.RPC())
	all, err := direct.client(nil).Rounds(w.Context(), round.Filter{})
	require.NoError(w, err)
	return len(all)
}

// notify has the websocket report a round's current state.
func (w *world) notify(s *chaintest.Socket, id uint64) (data []byte, slot uint64) {
	address := round.Addresses{Program: round.LocalProgram}.Round(id)
	account, ok := w.net.Account(address)
	require.True(w, ok)
	slot, err := w.net.RPC().GetSlot(w.Context(), "confirmed")
	require.NoError(w, err)
	s.Account(address, round.LocalProgram, account.Data, slot)
	return account.Data, slot
}

// trainer is an actor with a profile.
func (w *world) trainer() *round.Client {
	c := w.actor()
	_, err := c.CreateTrainerProfile(w.Context())
	require.NoError(w, err)
	return c
}

func (w *world) now() time.Time {
	now, err := w.actor().Chain().Now(w.Context())
	require.NoError(w, err)
	return now
}

func (w *world) balance(key solana.PublicKey) uint64 {
	n, err := w.actor().Chain().Balance(w.Context(), key)
	require.NoError(w, err)
	return n
}

// ok takes what a verb returns and requires success.
func (w *world) ok(r round.Receipt, err error) round.Receipt {
	w.Helper()
	require.NoError(w, err)
	return r
}

// refused takes what a verb returns and requires that refusal.
func (w *world) refused(want error) func(round.Receipt, error) {
	return func(_ round.Receipt, err error) {
		w.Helper()
		require.ErrorIs(w, err, want)
	}
}

// programOf is the program whose refusal an error is.
func programOf(t *testing.T, err error) solana.PublicKey {
	t.Helper()
	var refusal *chain.ProgramError
	require.ErrorAs(t, err, &refusal)
	return refusal.Program
}
