package program_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

// With PROGRAM_MIRROR=1 every transaction of these tests also runs on a real Solana runtime, npm litesvm, from the same
// accounts at the same time, and must end the same: error, logs, compute units, every byte of every account. The runtime
// is the one of internal/difftest, which says how to install it.

// A mirror is a litesvm in a Node process.
type mirror struct {
	in   *json.Encoder
	out  *bufio.Reader
	slot uint64 // highest so far: every transaction gets a blockhash of its own
	elfs map[solana.PublicKey]bool
	done int
}

var theMirror *mirror

func TestMain(m *testing.M) {
	stop := func() {}
	if os.Getenv("PROGRAM_MIRROR") != "" {
		theMirror, stop = startMirror()
	}
	code := m.Run()
	if theMirror != nil {
		printCells()
		fmt.Println("transactions compared with litesvm, all equal:", theMirror.done)
		if rare := rareCells(); len(rare) > 0 {
			fmt.Println("too few hits, run the tests more often (-count):", rare)
			code = 1
		}
	}
	stop()
	os.Exit(code)
}

func startMirror() (*mirror, func()) {
	modules := os.Getenv("DECLOUD_NODE_MODULES")
	if modules == "" {
		modules, _ = filepath.Abs("../difftest/node_modules")
	}
	command := exec.Command("node", "../difftest/driver.js")
	command.Env = append(os.Environ(), "NODE_PATH="+modules)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		panic(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := command.Start(); err != nil {
		panic(err)
	}
	m := &mirror{in: json.NewEncoder(in), out: bufio.NewReaderSize(out, 1<<20), elfs: map[solana.PublicKey]bool{}}
	if err := m.in.Encode(map[string]string{"op": "reset"}); err != nil {
		panic(err)
	}
	if _, err := m.out.ReadBytes('\n'); err != nil {
		panic(err)
	}
	return m, func() {
		_ = in.Close()
		_ = command.Wait()
	}
}

// mirrored is an account as the driver writes it.
type mirrored struct {
	Lamports   string `json:"lamports"`
	Data       []byte `json:"data"`
	Owner      []byte `json:"owner"`
	Executable bool   `json:"executable"`
	RentEpoch  string `json:"rentEpoch"`
}

// call sends a request to the driver and reads its reply.
func (m *mirror) call(t testing.TB, request map[string]any) (reply struct {
	Fault, Err, Units string
	Logs              []string
	Accounts          []*mirrored
}) {
	t.Helper()
	require.NoError(t, m.in.Encode(request))
	line, err := m.out.ReadBytes('\n')
	require.NoError(t, err, "the driver ended")
	require.NoError(t, json.Unmarshal(line, &reply))
	require.Empty(t, reply.Fault)
	return reply
}

// process runs a transaction on both, and compares.
func (m *mirror) process(c *chain, keys []solana.PublicKey, wire []byte) svm.Result {
	c.t.Helper()
	var list [][]byte
	m.deploy(c, c.id) // first: it writes the program's data account too
	for _, key := range keys {
		list = append(list, key[:])
		m.copy(c, key)
	}
	clock := c.bank.Clock()
	res := c.bank.Process(wire)
	reply := m.call(c.t, map[string]any{"op": "send", "wire": wire, "keys": list, "clock": map[string]string{
		"slot": fmt.Sprint(clock.Slot), "epochStart": fmt.Sprint(clock.EpochStartTimestamp), "epoch": fmt.Sprint(clock.Epoch),
		"leaderEpoch": fmt.Sprint(clock.LeaderScheduleEpoch), "unix": fmt.Sprint(clock.UnixTimestamp),
	}})
	m.done++
	require.Equal(c.t, reply.Err == "", res.Err == nil, "%s %v", reply.Err, res.Err)
	if res.Err != nil && res.Err.Instruction != nil && res.Err.Instruction.Kind == "Custom" {
		require.Equal(c.t, reply.Err, fmt.Sprintf("InstructionError(%d, Custom(%d))", res.Err.Index, res.Err.Instruction.Code))
	}
	require.Equal(c.t, reply.Logs, res.Logs)
	require.Equal(c.t, reply.Units, strconv.FormatUint(res.ComputeUnits, 10), res.Logs)
	for i, key := range keys {
		if a, ok := c.bank.Account(key); !foreign(a) {
			want := reply.Accounts[i]
			require.Equal(c.t, want != nil, ok, key)
			if ok {
				require.Equal(c.t, want.Lamports, fmt.Sprint(a.Lamports), key)
				require.Equal(c.t, want.Owner, a.Owner[:])
				require.Equal(c.t, string(want.Data), string(a.Data), key)
			}
		}
	}
	return res
}

func (m *mirror) deploy(c *chain, id solana.PublicKey) {
	if !m.elfs[id] {
		m.call(c.t, map[string]any{"op": "program", "key": id[:], "elf": elf()})
		m.elfs[id] = true
	}
}

// copy gives litesvm an account as the local chain has it.
func (m *mirror) copy(c *chain, key solana.PublicKey) {
	a, _ := c.bank.Account(key)
	if foreign(a) {
		return
	}
	m.call(c.t, map[string]any{"op": "set", "key": key[:], "account": mirrored{
		Lamports: fmt.Sprint(a.Lamports), Data: a.Data, Owner: a.Owner[:], RentEpoch: fmt.Sprint(a.RentEpoch),
	}})
}

// foreign accounts, such as programs, are each chain's own.
func foreign(a svm.Account) bool {
	return a.Executable || a.Owner == svm.NativeLoaderID || a.Owner == svm.SysvarOwnerID
}

// nextSlot moves the local chain to a slot that no transaction had yet, also after Restore.
func (m *mirror) nextSlot(bank *svm.Bank) {
	if now := bank.Slot(); now <= m.slot {
		bank.WarpSlots(m.slot + 1 - now)
	}
	m.slot = bank.Slot()
}
