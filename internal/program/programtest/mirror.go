package programtest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// oracleFolder is the package whose runtime and driver the mirror uses, seen from a program's folder. It says how to
// install them.
const oracleFolder = "../../difftest"

// A Mirror is a litesvm, a real Solana runtime, in a Node process. Every transaction that it is given runs on both chains,
// from the same accounts at the same time, and must end the same: error, logs, compute units, every byte of every account.
type Mirror struct {
	in     io.WriteCloser
	out    *bufio.Reader
	node   *exec.Cmd
	slot   uint64 // highest so far: every transaction gets a blockhash of its own
	known  map[solana.PublicKey]bool
	number int // of transactions
}

// StartMirror starts a mirror; the working directory is a program's folder.
func StartMirror() (*Mirror, error) {
	modules := os.Getenv("DECLOUD_NODE_MODULES")
	if modules == "" {
		dir, err := filepath.Abs(filepath.Join(oracleFolder, "node_modules"))
		if err != nil {
			return nil, err
		}
		modules = dir
	}
	m := &Mirror{node: exec.Command("node", filepath.Join(oracleFolder, "driver.js")), known: map[solana.PublicKey]bool{}}
	m.node.Env = append(os.Environ(), "NODE_PATH="+modules)
	m.node.Stderr = os.Stderr
	out, err := m.node.StdoutPipe()
	if err != nil {
		return nil, err
	}
	m.out = bufio.NewReaderSize(out, 1<<20)
	if m.in, err = m.node.StdinPipe(); err != nil {
		return nil, err
	}
	if err := m.node.Start(); err != nil {
		return nil, err
	}
	_, err = m.call(map[string]any{"op": "reset"})
	return m, err
}

// Stop ends the process.
func (m *Mirror) Stop() error { return errors.Join(m.in.Close(), m.node.Wait()) }

// mirrored is an account as the driver writes it.
type mirrored struct {
	Lamports   string `json:"lamports"`
	Data       []byte `json:"data"`
	Owner      []byte `json:"owner"`
	Executable bool   `json:"executable"`
	RentEpoch  string `json:"rentEpoch"`
}

type reply struct {
	Fault, Err, Units string
	Logs              []string
	Accounts          []*mirrored
}

// call sends a request to the driver and reads its reply.
func (m *Mirror) call(request map[string]any) (r reply, err error) {
	if err := json.NewEncoder(m.in).Encode(request); err != nil {
		return r, err
	}
	line, err := m.out.ReadBytes('\n')
	if err != nil {
		return r, fmt.Errorf("the driver ended: %w", err)
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return r, err
	}
	if r.Fault != "" {
		return r, errors.New(r.Fault)
	}
	return r, nil
}

// Process runs a transaction of the program at id on the bank and on litesvm, and compares.
func (m *Mirror) Process(t testing.TB, bank *svm.Bank, id solana.PublicKey, elf []byte, tx *solana.Transaction) svm.Result {
	t.Helper()
	wire, err := tx.MarshalBinary()
	require.NoError(t, err)
	m.deploy(t, id, elf) // first: it writes the program's data account too
	var keys [][]byte
	for _, key := range tx.Message.AccountKeys {
		keys = append(keys, key[:])
		m.copy(t, bank, key)
	}
	clock := bank.Clock()
	res := bank.Process(wire)
	got, err := m.call(map[string]any{"op": "send", "wire": wire, "keys": keys, "clock": map[string]string{
		"slot": fmt.Sprint(clock.Slot), "epochStart": fmt.Sprint(clock.EpochStartTimestamp), "epoch": fmt.Sprint(clock.Epoch),
		"leaderEpoch": fmt.Sprint(clock.LeaderScheduleEpoch), "unix": fmt.Sprint(clock.UnixTimestamp),
	}})
	require.NoError(t, err)
	m.number++
	m.compare(t, bank, tx.Message.AccountKeys, got, res)
	return res
}

func (m *Mirror) compare(t testing.TB, bank *svm.Bank, keys []solana.PublicKey, want reply, got svm.Result) {
	t.Helper()
	require.Equal(t, want.Err == "", got.Err == nil, "%s %v", want.Err, got.Err)
	if got.Err != nil && got.Err.Instruction != nil && got.Err.Instruction.Kind == "Custom" {
		require.Equal(t, want.Err, fmt.Sprintf("InstructionError(%d, Custom(%d))", got.Err.Index, got.Err.Instruction.Code))
	}
	require.Equal(t, want.Logs, got.Logs)
	require.Equal(t, want.Units, strconv.FormatUint(got.ComputeUnits, 10), got.Logs)
	for i, key := range keys {
		a, ok := bank.Account(key)
		if isForeign(a) {
			continue
		}
		other := want.Accounts[i]
		require.Equal(t, other != nil, ok, key)
		if ok {
			require.Equal(t, other.Lamports, fmt.Sprint(a.Lamports), key)
			require.Equal(t, other.Owner, a.Owner[:])
			require.Equal(t, string(other.Data), string(a.Data), key)
		}
	}
}

func (m *Mirror) deploy(t testing.TB, id solana.PublicKey, elf []byte) {
	if m.known[id] {
		return
	}
	_, err := m.call(map[string]any{"op": "program", "key": id[:], "elf": elf})
	require.NoError(t, err)
	m.known[id] = true
}

// copy gives litesvm an account as the bank has it.
func (m *Mirror) copy(t testing.TB, bank *svm.Bank, key solana.PublicKey) {
	a, _ := bank.Account(key)
	if isForeign(a) {
		return
	}
	_, err := m.call(map[string]any{"op": "set", "key": key[:], "account": mirrored{
		Lamports: fmt.Sprint(a.Lamports), Data: a.Data, Owner: a.Owner[:], RentEpoch: fmt.Sprint(a.RentEpoch),
	}})
	require.NoError(t, err)
}

// isForeign reports whether an account, such as a program, is each chain's own.
func isForeign(a svm.Account) bool {
	return a.Executable || a.Owner == svm.NativeLoaderID || a.Owner == svm.SysvarOwnerID
}

// NextSlot moves the bank to a slot that no transaction had yet, also after Restore.
func (m *Mirror) NextSlot(bank *svm.Bank) {
	if now := bank.Slot(); now <= m.slot {
		bank.WarpSlots(m.slot + 1 - now)
	}
	m.slot = bank.Slot()
}
