package ledger

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/dirlock"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// world is a bank whose clock stands still, with a ledger.
type world struct {
	t    *testing.T
	dir  string
	now  time.Time
	bank *svm.Bank
	file *File
	rng  *rand.Rand
	who  solana.PrivateKey
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: time.Unix(1_700_000_000, 0), rng: rand.New(rand.NewPCG(seed, 1))}
	w.who = solana.PrivateKey(ed25519.NewKeyFromSeed(make([]byte, 32)))
	found := w.open(w.dir)
	require.False(t, found)
	require.NoError(t, w.bank.Fund(w.who.PublicKey(), 1e15))
	return w
}

// open starts a bank from the ledger of a directory.
func (w *world) open(dir string) (found bool) {
	w.t.Helper()
	w.bank = svm.NewBank(svm.Config{Clock: func() time.Time { return w.now }, MaxRecords: 1000})
	var err error
	w.file, found, err = Open(dir, w.bank.Load)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = w.file.Close() })
	require.NoError(w.t, w.bank.Keep(w.file))
	return found
}

func (w *world) key() (k solana.PublicKey) {
	binary.LittleEndian.PutUint64(k[:], 1+w.rng.Uint64N(20))
	return k
}

// transfer sends a transaction that succeeds, or fails and pays its fee.
func (w *world) transfer() {
	hash, _ := w.bank.LatestBlockhash()
	ix := system.NewTransferInstruction(1e6*(1+w.rng.Uint64N(100)), w.who.PublicKey(), w.key()).Build()
	if w.rng.IntN(4) == 0 {
		ix = system.NewTransferInstruction(1e18, w.who.PublicKey(), w.key()).Build()
	}
	tx, err := solana.NewTransaction([]solana.Instruction{ix}, hash, solana.TransactionPayer(w.who.PublicKey()))
	require.NoError(w.t, err)
	_, err = tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &w.who })
	require.NoError(w.t, err)
	wire, err := tx.MarshalBinary()
	require.NoError(w.t, err)
	w.bank.Process(wire)
}

// step changes the bank in some way.
func (w *world) step() {
	switch w.rng.IntN(8) {
	case 0:
		w.bank.Warp(time.Duration(w.rng.IntN(5000)-1000) * time.Millisecond)
	case 1:
		w.bank.WarpSlots(w.rng.Uint64N(400))
	case 2:
		a := svm.Account{Lamports: w.rng.Uint64N(3) * 1e9, Data: make([]byte, w.rng.IntN(100)), Owner: w.key()}
		require.NoError(w.t, w.bank.SetAccount(w.key(), a))
	case 3:
		w.now = w.now.Add(time.Duration(w.rng.IntN(2000)) * time.Millisecond)
		w.bank.Tick()
	default:
		w.transfer()
	}
}

// answers is everything that can be asked of a bank.
func (w *world) answers() (all []string) {
	add := func(v ...any) { all = append(all, fmt.Sprintf("%+v", v)) }
	hash, last := w.bank.LatestBlockhash()
	add(w.bank.Slot(), w.bank.UnixTime(), w.bank.Clock(), hash, last, w.bank.TransactionCount())
	for key, a := range w.bank.Accounts() {
		add(key, a)
	}
	first, end := w.bank.Blocks()
	for slot := first; slot < end; slot++ {
		block, ok := w.bank.Block(slot)
		add(slot, block.Time, block.Hash, len(block.Transactions), ok)
		for _, r := range block.Transactions {
			add(r.Signature, r.Slot, r.BlockTime, debug(r.Err), r.Logs, r.ComputeUnits, r.Fee, r.Keys, r.PreBalances, r.PostBalances, r.Version, r.Wire)
		}
	}
	return all
}

func debug(err *svm.TransactionError) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// What a process that was killed has left is the chain as it was.
func TestReopenedBankAnswersTheSame(t *testing.T) {
	for seed := range uint64(4) {
		w := newWorld(t, seed)
		for range 8 {
			for range w.rng.IntN(20) {
				w.step()
			}
			if w.rng.IntN(8) == 0 {
				before := w.bank.Snapshot()
				w.step()
				w.bank.Restore(before)
			}
			want := w.answers()
			left := w.copyTo(t.TempDir())
			require.True(t, w.open(left))
			require.Equal(t, want, w.answers(), "seed %d", seed)
		}
	}
}

// copyTo copies the ledger as it is now: as if the process were killed.
func (w *world) copyTo(dir string) string {
	raw, err := os.ReadFile(w.file.path())
	require.NoError(w.t, err)
	require.NoError(w.t, os.WriteFile(filepath.Join(dir, name), raw, 0o600))
	return dir
}

// A file that ends anywhere is the chain after the last change that is whole.
func TestTornTail(t *testing.T) {
	w := newWorld(t, 9)
	size := func() int64 {
		info, err := os.Stat(w.file.path())
		require.NoError(t, err)
		return info.Size()
	}
	type then struct {
		answers []string
		now     time.Time
	}
	at := map[int64]*then{} // by the file's size
	for range 20 {
		w.step()
		at[size()] = &then{w.answers(), w.now}
	}
	raw, err := os.ReadFile(w.file.path())
	require.NoError(t, err)
	var whole *then
	for n := int64(1); n <= int64(len(raw)); n++ {
		if at[n] != nil {
			whole = at[n]
		}
		if whole == nil || n%499 != 0 && at[n] == nil {
			continue
		}
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), raw[:n], 0o600))
		w.now = whole.now
		w.open(dir)
		require.NoError(t, w.file.Close())
		require.Equal(t, whole.answers, w.answers(), "%d bytes", n)
	}
}

// A bit that has changed is noticed, wherever it is.
func TestDamage(t *testing.T) {
	w := newWorld(t, 3)
	for range 5 {
		w.step()
	}
	raw, err := os.ReadFile(w.file.path())
	require.NoError(t, err)
	refused := 0
	for i := 0; i < len(raw); i += 7 {
		bad := append([]byte(nil), raw...)
		bad[i] ^= 0x10
		if err := readAll(bytes.NewReader(bad), func(svm.Entry) {}); err != nil { // a length that points behind the end looks like a torn tail
			require.ErrorIs(t, err, ErrDamaged, "byte %d", i)
			refused++
		}
	}
	require.Greater(t, refused, len(raw)/8)
	for _, text := range []string{"", "x", "decloud localnet ledger 2\n"} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		_, _, err := Open(dir, func(svm.Entry) {})
		require.ErrorIs(t, err, ErrDamaged, text)
	}
}

func TestOneProcessPerDirectory(t *testing.T) {
	w := newWorld(t, 1)
	_, _, err := Open(w.dir, w.bank.Load)
	require.ErrorIs(t, err, dirlock.ErrLocked)
	require.NoError(t, w.file.Close())
	require.Error(t, w.file.Append(svm.Entry{}))
	require.Error(t, w.bank.Fund(w.key(), 1), "nothing is changed that cannot be kept")
	require.ErrorContains(t, w.bank.Stop(nil), "closed")
	require.Zero(t, balance(w.bank, w.key()))
}

// A ledger whose file or directory is gone takes nothing that would be gone with it.
func TestRemovedWhileInUse(t *testing.T) {
	for name, remove := range map[string]func(t *testing.T, path string){
		"the file":      func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) },
		"the directory": func(t *testing.T, path string) { require.NoError(t, os.RemoveAll(filepath.Dir(path))) },
		"another file": func(t *testing.T, path string) {
			raw, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path+"2", raw, 0o600))
			require.NoError(t, os.Rename(path+"2", path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			require.NoError(t, w.bank.Fund(w.key(), 1))
			remove(t, w.file.path())
			err := w.bank.Fund(solana.PublicKey{9}, 1)
			require.ErrorContains(t, err, "removed while it was in use")
			require.Zero(t, balance(w.bank, solana.PublicKey{9}))
			<-w.bank.Failed()
			require.ErrorIs(t, w.bank.Err(), err)
		})
	}
}

func balance(b *svm.Bank, k solana.PublicKey) uint64 {
	a, _ := b.Account(k)
	return a.Lamports
}

// The file is written anew when the changes outgrow the state, so it is bounded.
func TestFileIsBounded(t *testing.T) {
	w := newWorld(t, 2)
	data := make([]byte, 1<<20)
	_, err := io.ReadFull(rand.NewChaCha8([32]byte{}), data)
	require.NoError(t, err)
	largest := int64(0)
	for i := range 100 {
		data[0] = byte(i)
		require.NoError(t, w.bank.SetAccount(solana.PublicKey{7}, svm.Account{Lamports: 1e10, Data: data}))
		info, err := os.Stat(w.file.path())
		require.NoError(t, err)
		largest = max(largest, info.Size())
	}
	require.Less(t, largest, int64(40<<20))
	require.Greater(t, largest, int64(30<<20), "it is not written anew each time")
	want := w.answers()
	w.open(w.copyTo(t.TempDir()))
	require.Equal(t, want, w.answers())
}
