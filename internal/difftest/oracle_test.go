package difftest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// oracle is a litesvm in a Node process.
type oracle struct {
	t   testing.TB
	in  *json.Encoder
	out *bufio.Reader
	cmd *exec.Cmd
}

// replyTimeout is how long litesvm may take for one reply.
const replyTimeout = 3 * time.Minute

// wireAccount is an account as the driver writes it.
type wireAccount struct {
	Lamports   string `json:"lamports"`
	Data       []byte `json:"data"`
	Owner      []byte `json:"owner"`
	Executable bool   `json:"executable"`
	RentEpoch  string `json:"rentEpoch"`
}

// wireClock is the Clock sysvar as the driver reads it.
type wireClock struct {
	Slot        string `json:"slot"`
	EpochStart  string `json:"epochStart"`
	Epoch       string `json:"epoch"`
	LeaderEpoch string `json:"leaderEpoch"`
	Unix        string `json:"unix"`
}

// request is a line for the driver.
type request struct {
	Op        string       `json:"op"`
	Key       []byte       `json:"key,omitempty"`
	Keys      [][]byte     `json:"keys,omitempty"`
	ELF       []byte       `json:"elf,omitempty"`
	Size      int          `json:"size,omitempty"`
	Wire      []byte       `json:"wire,omitempty"`
	Versioned bool         `json:"versioned,omitempty"`
	Clock     *wireClock   `json:"clock,omitempty"`
	Account   *wireAccount `json:"account,omitempty"`
}

// reply is a line from the driver.
type reply struct {
	Fault         string         `json:"fault"`
	Err           string         `json:"err"`
	Logs          []string       `json:"logs"`
	Units         string         `json:"units"`
	ReturnProgram []byte         `json:"returnProgram"`
	ReturnData    []byte         `json:"returnData"`
	Inner         [][]wireInner  `json:"inner"`
	Accounts      []*wireAccount `json:"accounts"`
	Lamports      string         `json:"lamports"`
}

// wireInner is a cross-program invocation.
type wireInner struct {
	Program  int    `json:"program"`
	Accounts []byte `json:"accounts"`
	Data     []byte `json:"data"`
	Height   int    `json:"height"`
}

// missing skips a test whose tools are not installed, or fails it in CI.
func missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// modules returns the node_modules directory.
func modules(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("DECLOUD_NODE_MODULES")
	if dir == "" {
		wd, err := os.Getwd()
		require.NoError(t, err)
		dir = filepath.Join(wd, "node_modules")
	}
	if _, err := os.Stat(filepath.Join(dir, "litesvm-linux-x64-gnu", "package.json")); err != nil {
		missing(t, "litesvm is not installed: run `npm ci` in internal/difftest, on Linux x86-64 (%v)", err)
	}
	return dir
}

// newOracle starts litesvm; the process ends with the test.
func newOracle(t testing.TB) *oracle {
	t.Helper()
	dir := modules(t)
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "Node 20 or newer is not installed: %v", err)
	}
	cmd := exec.Command(node, "driver.js")
	cmd.Env = append(os.Environ(), "NODE_PATH="+dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		late := time.AfterFunc(replyTimeout, func() { _ = cmd.Process.Kill() })
		defer late.Stop()
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait()
	})
	o := &oracle{t: t, in: json.NewEncoder(stdin), out: bufio.NewReaderSize(stdout, 1<<20), cmd: cmd}
	o.call(request{Op: "reset"})
	return o
}

// call sends a request and waits for the reply.
func (o *oracle) call(r request) reply {
	o.t.Helper()
	late := time.AfterFunc(replyTimeout, func() { _ = o.cmd.Process.Kill() })
	defer late.Stop()
	require.NoError(o.t, o.in.Encode(r))
	line, err := o.out.ReadBytes('\n')
	require.NoError(o.t, err, "the driver ended")
	var out reply
	require.NoError(o.t, json.Unmarshal(line, &out))
	require.Empty(o.t, out.Fault, "driver: request %s", r.Op)
	return out
}

func clockOf(c svm.Clock) *wireClock {
	u := func(v uint64) string { return strconv.FormatUint(v, 10) }
	return &wireClock{
		Slot: u(c.Slot), Epoch: u(c.Epoch), LeaderEpoch: u(c.LeaderScheduleEpoch),
		EpochStart: strconv.FormatInt(c.EpochStartTimestamp, 10), Unix: strconv.FormatInt(c.UnixTimestamp, 10),
	}
}

func accountOf(a svm.Account) *wireAccount {
	return &wireAccount{
		Lamports: strconv.FormatUint(a.Lamports, 10), Data: a.Data, Owner: a.Owner[:], Executable: a.Executable,
		RentEpoch: strconv.FormatUint(a.RentEpoch, 10),
	}
}

// debug formats an error as Rust's Debug does.
func debug(e *svm.TransactionError) string {
	switch {
	case e == nil:
		return ""
	case e.Kind == "InstructionError" && e.Instruction.Kind == "Custom":
		return fmt.Sprintf("InstructionError(%d, Custom(%d))", e.Index, e.Instruction.Code)
	case e.Kind == "InstructionError":
		return fmt.Sprintf("InstructionError(%d, %s)", e.Index, e.Instruction.Kind)
	case e.Kind == "DuplicateInstruction":
		return fmt.Sprintf("DuplicateInstruction(%d)", e.Index)
	case e.Kind == "InsufficientFundsForRent":
		return fmt.Sprintf("InsufficientFundsForRent { account_index: %d }", e.Index)
	}
	return e.Kind
}
