package run_test

import (
	"encoding/binary"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/run"
)

var (
	programID    = solana.MustPublicKeyFromBase58("6oC5WbbYceXPubNqtVynJuy4NN6SBbABVmSFrB98zPuJ")
	roundProgram = solana.MustPublicKeyFromBase58("DCLDgP6xHuVmcKuGvAzKEkrbSYHApp9568JhVoXsF2Hh")
)

const (
	sol = solana.LAMPORTS_PER_SOL
	day = int64(86_400)

	rosterSize = 22_056
	packageCID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
)

// States of a run.
const (
	uninitialized = iota
	waiting
	warmup
	train
	witness
	cooldown
	finished
	paused
)

// Statuses of a slot.
const (
	free = iota
	joined
	active
	leaving
	left
	dropped
	ejected
)

// suite runs the transactions of all tests.
var suite = programtest.NewSuite(run.ELF())

func TestMain(m *testing.M) {
	suite.SlotHashes = true // of the draw
	suite.Main(m)
}

// A world is a chain with the program, and the run that calls are about.
type world struct {
	*programtest.Chain
	id       string // of the run
	treasury uint8
	mint     solana.PublicKey // of treasury 2

	authority string
	fixed     solana.PublicKey // address of the roster, after the authority has changed
}

// newWorld returns a chain with an initialized program and no run.
func newWorld(t testing.TB) *world {
	t.Helper()
	return worldOn(suite.NewChain(t, programID))
}

func worldOn(c *programtest.Chain) *world {
	w := &world{Chain: c, id: "tiny", authority: "authority"}
	w.Bank.WarpSlots(1_000)
	w.OK(w.initialize())
	return w
}

// on returns the same world in a subtest.
func (w *world) on(t testing.TB) *world {
	copied := *w
	copied.Chain = w.Chain.On(t)
	return &copied
}

// another returns the same chain with calls about another run.
func (w *world) another(id string) *world {
	copied := *w
	copied.id = id
	return &copied
}

func (w *world) run() solana.PublicKey              { return w.PDA("run", w.id) }
func (w *world) ballots() solana.PublicKey          { return w.PDA("ballots", w.run()) }
func (w *world) vault() solana.PublicKey            { return w.PDA("vault", w.run()) }
func (w *world) member(who string) solana.PublicKey { return w.PDA("member", w.run(), w.Pub(who)) }
func (w *world) roster() solana.PublicKey {
	if !w.fixed.IsZero() {
		return w.fixed
	}
	key, err := solana.CreateWithSeed(w.Pub(w.authority), w.id, w.ID)
	require.NoError(w.T, err)
	return key
}

var scope = [32]byte([]byte("run:join" + string(make([]byte, 24))))

func (w *world) authorization(grantee solana.PublicKey) solana.PublicKey {
	return w.PDA("authorization", w.Pub("joiner"), grantee, scope[:])
}

// data is an account's data, read by the offsets of the interface.
type data []byte

func (d data) u8(at int) uint8   { return d[at] }
func (d data) u16(at int) uint16 { return binary.LittleEndian.Uint16(d[at:]) }
func (d data) u32(at int) uint32 { return binary.LittleEndian.Uint32(d[at:]) }
func (d data) u64(at int) uint64 { return binary.LittleEndian.Uint64(d[at:]) }
func (d data) key(at int) (k [32]byte) {
	copy(k[:], d[at:])
	return k
}

func (w *world) state() uint8  { return w.Data(w.run())[983] }
func (w *world) phase() uint8  { return w.Data(w.run())[984] }
func (w *world) round() uint32 { return data(w.Data(w.run())).u32(993) }
func (w *world) epoch() uint32 { return data(w.Data(w.run())).u32(989) }

// slot returns a slot's bytes.
func (w *world) slot(i int) data { return w.Data(w.roster())[40+86*i:][:86] }

// slotOf returns the number of a member's slot.
func (w *world) slotOf(who string) int { return int(data(w.Data(w.member(who))).u16(145)) }

// status returns that of a member's slot.
func (w *world) status(who string) uint8 { return w.slot(w.slotOf(who))[32] }
