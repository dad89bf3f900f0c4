package browser

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/explorer/scene"
	"github.com/decloud-sdk/decloud-go/examples/explorer/server"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// tools finds Node and Chromium.
func tools(t *testing.T) (node, chrome string) {
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "Node 20 or newer is not installed: %v", err)
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if chrome, err = exec.LookPath(name); err == nil {
			break
		}
	}
	if err != nil {
		missing(t, "Chromium is not installed: %v", err)
	}
	if _, err := os.Stat("node_modules/playwright-core/package.json"); err != nil {
		missing(t, "run `npm ci` in examples/explorer/browser (%v)", err)
	}
	return node, chrome
}

// explorer serves at an address that stays the same while it stops and starts.
type explorer struct {
	scene *scene.Scene
	addr  string
	stop  func()
}

func (e *explorer) start(t *testing.T) {
	ln, err := net.Listen("tcp", e.addr)
	require.NoError(t, err)
	e.addr = ln.Addr().String()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s := server.New(e.scene.Reader)
	srv := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	var wg sync.WaitGroup
	wg.Go(func() { s.Run(ctx, time.Second) })
	wg.Go(func() { _ = srv.Serve(ln) })
	e.stop = func() {
		cancel()
		_ = srv.Close()
		wg.Wait()
	}
}

// look runs the script, does what it asks for, and returns everything that it saw.
func look(t *testing.T, e *explorer) map[string]json.RawMessage {
	node, chrome := tools(t)
	shots := os.Getenv("DECLOUD_SCREENSHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	require.NoError(t, os.MkdirAll(shots, 0o755))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "browser.mjs", "http://"+e.addr+"/", shots, chrome)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	saw := map[string]json.RawMessage{}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		switch line := lines.Text(); line {
		case "submit":
			e.scene.Submit(t, 1)
		case "contest":
			e.scene.Contest(t)
		case "stop":
			e.stop()
		case "start":
			e.start(t)
		default:
			t.Log(line)
			var part map[string]json.RawMessage
			require.NoError(t, json.Unmarshal([]byte(line), &part))
			if name, found := part["phone"]; found {
				part = map[string]json.RawMessage{"phone " + strings.Trim(string(name), `"`): json.RawMessage(line)}
			}
			maps.Copy(saw, part)
		}
	}
	require.NoError(t, cmd.Wait(), stderr.String())
	return saw
}

func read[T any](t *testing.T, saw map[string]json.RawMessage, name string) (v T) {
	t.Helper()
	require.NoError(t, json.Unmarshal(saw[name], &v), name)
	return v
}

func TestPage(t *testing.T) {
	tools(t)
	e := &explorer{scene: scene.New(t), addr: "127.0.0.1:0"}
	e.start(t)
	defer func() { e.stop() }()
	saw := look(t, e)
	require.Empty(t, read[[]string](t, saw, "problems"), "nothing went wrong in the browser, and nothing was asked of anybody else")
	t.Run("overview", func(t *testing.T) { overview(t, saw) })
	t.Run("round", func(t *testing.T) { theRound(t, saw, e.scene) })
	t.Run("run", func(t *testing.T) { theRun(t, saw, e.scene) })
	t.Run("contest", func(t *testing.T) { theContest(t, saw, e.scene) })
	t.Run("live", func(t *testing.T) {
		rows := read[[][]string](t, saw, "live")
		require.Len(t, rows, 2, "the submission came while the page was open")
		require.Equal(t, 1, read[int](t, saw, "open"), "what the reader had opened stays open")
	})
	t.Run("links", func(t *testing.T) { require.Greater(t, read[int](t, saw, "links"), 20) })
	t.Run("missing", func(t *testing.T) { require.Contains(t, read[string](t, saw, "missing"), "round 77: not found") })
	t.Run("a link that was cut", func(t *testing.T) { require.Contains(t, read[string](t, saw, "cut"), "there is nothing to read") })
	t.Run("a node that fails", func(t *testing.T) {
		failed := read[[]string](t, saw, "failed")
		require.Contains(t, failed[0], "Round #0", "what was read stays")
		require.Equal(t, "No answer", failed[1])
		require.Contains(t, failed[2], "the node is down")
	})
	t.Run("tabs", func(t *testing.T) { require.Equal(t, 8, read[int](t, saw, "tabs")) })
	t.Run("keyboard", func(t *testing.T) {
		require.Subset(t, read[[]string](t, saw, "keyboard"), []string{"#main", "#/", "#/validators", "find", "theme", "#/round/0", "#/run/digits"})
	})
	t.Run("phone", func(t *testing.T) { phones(t, saw) })
}

func overview(t *testing.T, saw map[string]json.RawMessage) {
	rows := read[[][]string](t, saw, "rounds")
	require.Len(t, rows, 3)
	require.Equal(t, []string{"#0", "finalized", "open", "Mnist", "1 SOL", "75.20 %", "2"}, rows[2][:7])
	require.Equal(t, []string{"#1", "training", "open", "Mnist", "1 SOL", "60.50 %", "0"}, rows[1][:7])
	require.Equal(t, []string{"#2", "waiting", "sealed"}, rows[0][:3])
	require.Equal(t, "2 SOL", read[[][]string](t, saw, "runs")[0][6])
}

// theRound compares what the page showed with what the round's own client says.
func theRound(t *testing.T, saw map[string]json.RawMessage, s *scene.Scene) {
	rounds := s.Creator.Rounds
	posts, err := rounds.PostValidations(t.Context(), scene.Paid)
	require.NoError(t, err)
	rows := read[[][]string](t, saw, "scores")
	require.Len(t, rows, 3)
	shown := strings.Join(append(rows[1], rows[2]...), " ")
	for _, p := range posts {
		require.Contains(t, shown, rating.FormatAccuracy(p.Accuracy)[:5])
	}
	require.Equal(t, 2, strings.Count(shown, "outlier"))
	statement, err := rounds.Statement(t.Context(), scene.Paid)
	require.NoError(t, err)
	payouts := read[[][]string](t, saw, "payouts")
	net, of := map[string]uint64{}, []string{} // by whom and for what, in the statement's order
	for _, l := range statement.Lines {
		key := fmt.Sprintf("%v %v", l.Role, l.Claimant)
		if _, found := net[key]; !found {
			of = append(of, key)
		}
		net[key] += l.Payment.Net
	}
	require.Len(t, payouts, len(of))
	claimed := []string{fmt.Sprintf("%v %v", reward.Trainer, s.Trainers[0].Rounds.Wallet())}
	for _, v := range s.Validators[:2] {
		claimed = append(claimed, fmt.Sprintf("%v %v", reward.BaseValidator, v.Rounds.Wallet()))
	}
	for i, key := range of {
		require.Equal(t, chain.FormatSOL(net[key])+" SOL", payouts[i][4])
		require.Equal(t, slices.Contains(claimed, key), payouts[i][6] == "yes", "%v", payouts[i])
	}
	vault, err := rounds.Vault(t.Context(), scene.Paid)
	require.NoError(t, err)
	balance, err := rounds.Chain().Balance(t.Context(), vault.Address)
	require.NoError(t, err)
	money := read[map[string]json.Number](t, saw, "money")
	for key, want := range map[string]uint64{"reward": chain.LamportsPerSOL, "trainers": vault.PaidTrainers, "validators": vault.PaidValidators, "fees": vault.Fees, "vault": balance} {
		got, err := money[key].Int64()
		require.NoError(t, err)
		require.Equal(t, int64(want), got, key)
	}
	require.Contains(t, read[string](t, saw, "equal"), "Both sides are equal")
	require.NotEmpty(t, read[[]string](t, saw, "transactions"))
}

func theRun(t *testing.T, saw map[string]json.RawMessage, s *scene.Scene) {
	r, err := s.Creator.Runs.Run(t.Context(), scene.RunID)
	require.NoError(t, err)
	free, err := read[map[string]json.Number](t, saw, "run")["vault"].Int64()
	require.NoError(t, err)
	require.Equal(t, int64(r.Pool), free)
	money := read[map[string]string](t, saw, "run")
	require.Equal(t, strconv.FormatUint(r.Liabilities(), 10), money["held"], "with nothing in the vault beside the books")
	require.Len(t, read[[][]string](t, saw, "members"), 1)
	require.Contains(t, read[string](t, saw, "heading"), "<img src=x>", "a stranger's text is text")
	require.Zero(t, read[int](t, saw, "images"))
}

// theContest compares what the page showed of an epoch with what the client says.
func theContest(t *testing.T, saw map[string]json.RawMessage, s *scene.Scene) {
	standings, err := s.Creator.Standings(t.Context(), s.Creator.Rounds.Wallet(), cid.MustParse(scene.PackageCID))
	require.NoError(t, err)
	rows, e := read[[][]string](t, saw, "contest"), standings.Epochs[0]
	require.Len(t, rows, len(e.Entries))
	for i, one := range e.Entries {
		require.Equal(t, rating.FormatAccuracy(one.Score)[:5], rows[i][2][:5])
		require.Equal(t, chain.FormatSOL(one.Share)+" SOL", rows[i][7])
	}
	require.Contains(t, rows[0][1], "<img/src=x>", "a stranger's text is text")
	require.Zero(t, read[int](t, saw, "contestImages"))
	require.Equal(t, []string{"yes", "·"}, rows[1][8:], "the second beat the first")
	miners := read[[][]string](t, saw, "miners")
	require.Len(t, miners, len(standings.Miners))
	for i, m := range standings.Miners {
		require.Equal(t, chain.FormatSOL(m.Earned)+" SOL", miners[i][3])
	}
}

func phones(t *testing.T, saw map[string]json.RawMessage) {
	type phone struct {
		Wide       []string `json:"wide"`
		Background string   `json:"background"`
		Contrast   float64  `json:"contrast"`
	}
	light, dark := read[phone](t, saw, "phone light"), read[phone](t, saw, "phone dark")
	for _, p := range []phone{light, dark} {
		require.Empty(t, p.Wide, "no view is wider than a phone")
		require.GreaterOrEqual(t, p.Contrast, 4.5, "WCAG 2, AA")
	}
	require.NotEqual(t, light.Background, dark.Background)
}
