package kitcompat

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/pyclients"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// play runs the Python client against a chain and returns what it saw: the last line that it prints. A line "warp
// SECONDS" moves the clock.
func play(t *testing.T, net *localnet.Network) seen {
	t.Helper()
	interpreter := pyclients.Python(t)
	files, err := filepath.Glob("kit/*.py")
	require.NoError(t, err)
	for _, file := range files {
		_, err := os.ReadFile(file) // so that go test does not use a cached result when the client has changed
		require.NoError(t, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, interpreter, "-B", "-m", "kit.play", net.URL(), net.WSURL())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())

	var last string
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		last = lines.Text()
		if text, ok := strings.CutPrefix(last, "warp "); ok {
			seconds, err := strconv.Atoi(text)
			require.NoError(t, err)
			net.Warp(time.Duration(seconds) * time.Second)
			_, err = fmt.Fprintln(stdin, "warped")
			require.NoError(t, err)
		}
	}
	require.NoError(t, lines.Err())
	require.NoError(t, cmd.Wait(), "the Python client failed:\n%s", &stderr)
	var s seen
	d := json.NewDecoder(strings.NewReader(last))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&s), "the Python client printed %q", last)
	return s
}

// seen is what the Python client saw.
type seen struct {
	Wallets map[string]struct {
		Key     key    `json:"key"`
		Balance uint64 `json:"balance"`
	} `json:"wallets"`
	Rounds   []roundSeen             `json:"rounds"`
	Profiles map[string]*profileSeen `json:"profiles"`
	Sent     []sent                  `json:"sent"`
	Events   []event                 `json:"events"`
	Notified []string                `json:"notified"`
}

type roundSeen struct {
	Round     roundFields                     `json:"round"`
	Gradients map[string]*gradientFields      `json:"gradients"`
	Pre       map[string]*preFields           `json:"pre"`
	Post      map[string]map[string]*postSeen `json:"post"`
}

type roundFields struct {
	ID          uint64 `json:"id"`
	Creator     key    `json:"creator"`
	ModelCID    string `json:"model_cid"`
	Dataset     uint8  `json:"dataset"`
	Reward      uint64 `json:"reward_amount"`
	MinRating   uint16 `json:"min_trainer_rating"`
	CreatedAt   int64  `json:"created_at"`
	Status      string `json:"status"`
	PreCount    uint8  `json:"pre_count"`
	PreSum      uint64 `json:"pre_accuracy_sum"`
	Gradients   uint8  `json:"gradients_count"`
	Validations uint16 `json:"total_validations"`
	Improvement uint64 `json:"total_improvement"`
	Consensus   uint64 `json:"consensus_accuracy"`
	Bump        uint8  `json:"bump"`
	VaultBump   uint8  `json:"vault_bump"`
	Size        int    `json:"size"`
}

type gradientFields struct {
	RoundID     uint64 `json:"round_id"`
	Trainer     key    `json:"trainer"`
	CID         string `json:"cid"`
	PostCount   uint8  `json:"post_count"`
	PostSum     uint64 `json:"post_accuracy_sum"`
	Improvement uint64 `json:"improvement"`
	Claimed     bool   `json:"reward_claimed"`
	Settled     bool   `json:"rating_settled"`
	Bump        uint8  `json:"bump"`
}

type preFields struct {
	RoundID   uint64 `json:"round_id"`
	Validator key    `json:"validator"`
	Accuracy  uint32 `json:"accuracy"`
	Claimed   bool   `json:"reward_claimed"`
}

type postSeen struct {
	Trainer key `json:"trainer"`
	preFields
}

type profileSeen struct {
	Trainer    key    `json:"trainer"`
	Rating     uint16 `json:"rating"`
	Total      uint32 `json:"total_submissions"`
	Successful uint32 `json:"successful_submissions"`
	Slashed    uint16 `json:"slashed_count"`
}

// sent is one successful transaction, with the arguments that the client passed.
type sent struct {
	Who       string `json:"who"`
	Name      string `json:"name"`
	Signature string `json:"signature"`
	Round     uint64 `json:"round"`
	CID       string `json:"cid"`
	Dataset   uint8  `json:"dataset"`
	Reward    uint64 `json:"reward"`
	MinRating uint16 `json:"min_rating"`
	Accuracy  uint32 `json:"accuracy"`
	Trainer   key    `json:"trainer"`
}
