package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	creator "github.com/decloud-sdk/decloud-go/examples/creator/cli"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// What a submission costs beside its bond, in lamports: the fee of its transaction, and the rent of its account, which comes
// back.
const (
	submissionFee  = 5_000
	submissionRent = 2_282_880
)

const (
	model = "../../launch/model/mnist.pt"
	task  = `{"type": "data", "schema": {"kind": "pictures"}, "rows": {"min": 10, "max": 300},
"adapter": {"type": "lora", "rank": 4, "alpha": 8, "dropout": 0, "targets": ["head"]},
"training": {"epochs": 2, "batch_size": 32, "learning_rate": 0.002, "optimizer": "adam", "schedule": "linear", "seed": 7}, "metric": "accuracy"}`
	oneCID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbz%02d"
)

// taskFile is a file with the task.
func taskFile(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "task.json")
	require.NoError(t, os.WriteFile(path, []byte(task), 0o600))
	return path
}

// players are people beside the app: validators with a stake, and miners.
func players(t *testing.T, net *localnet.Network) (validators, miners []*round.Client) {
	t.Helper()
	for range 3 {
		v, m := apptest.Funded(t, net), apptest.Funded(t, net)
		_, err := v.AddStake(t.Context(), chain.LamportsPerSOL/10)
		require.NoError(t, err)
		_, err = m.CreateTrainerProfile(t.Context())
		require.NoError(t, err)
		validators, miners = append(validators, v), append(miners, m)
	}
	return validators, miners
}

// play has the miners submit to an epoch, and validators score them, up to where it can be finalized.
func play(t *testing.T, net *localnet.Network, id uint64, validators, miners []*round.Client, scores []uint32) {
	t.Helper()
	ctx := t.Context()
	look := func() *round.Round {
		r, err := miners[0].Round(ctx, id)
		require.NoError(t, err)
		return r
	}
	until := func(at time.Time) { net.Warp(max(0, at.Sub(net.Now())) + time.Second) }
	until(look().SubmissionsOpen())
	subjects := map[solana.PublicKey]uint32{round.BaseModel: 5000}
	for i, m := range miners {
		before, err := m.Chain().Balance(ctx, m.Wallet())
		require.NoError(t, err)
		_, err = m.SubmitSealed(ctx, id, fmt.Sprintf(oneCID, i))
		require.NoError(t, err)
		after, err := m.Chain().Balance(ctx, m.Wallet())
		require.NoError(t, err)
		require.EqualValues(t, submissionFee+submissionRent, before-after-look().Bond(), "as README.md has it")
		subjects[m.Wallet()] = scores[i]
	}
	_, err := miners[0].SetSource(ctx, id, "hf:alice/rows@3f1c9a0d")
	require.NoError(t, err)
	until(look().SubmissionsClose())
	require.Eventually(t, func() bool {
		_, err := miners[0].DrawCommittee(ctx, id)
		net.WarpSlots(2)
		return errors.Is(err, round.ErrAlreadyDrawn)
	}, time.Minute, time.Millisecond)
	until(look().ScoringStarts())
	for subject, score := range subjects {
		for _, v := range validators {
			_, err := v.CommitSealed(ctx, id, subject, score)
			require.NoError(t, err)
		}
	}
	until(look().ScoringStarts().Add(look().Options.CommitWindow))
	for subject := range subjects {
		for _, v := range validators {
			_, err := v.Reveal(ctx, id, subject)
			require.NoError(t, err)
		}
	}
	until(look().EarliestFinalize)
}

// A contest is made of a model and a task, goes on after an interruption without opening an epoch twice, and its results
// are there for everybody, by the number of any of its rounds or by its name.
func TestCreateAndStandings(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	validators, miners := players(t, net)
	dir := filepath.Join(t.TempDir(), "package")
	maker := apptest.Settled(t, creator.App(), net, cars)
	maker.Must("build", "-m", model, "-d", "Mnist", "--task", "../task.json", "-o", dir) // as README.md has it

	p := apptest.Settled(t, App(), net, cars, "--poll-interval", "0.02")
	line := []string{"create", "--package", dir, "-r", "0.5", "--epochs", "2", "--submission-slots", "150", "--quorum", "3", "--json"}
	var v planView
	dry := func(more ...string) (d app.DryRunView) {
		d.Result = &v
		p.JSON(&d, append(append(line[:len(line)-1:len(line)-1], "--dry-run"), more...)...)
		return d
	}
	would := dry()
	require.True(t, would.Succeeds)
	require.Len(t, would.Transactions, 1)
	require.Less(t, would.Change, int64(-500_000_000), "the reward, and rent")
	require.Len(t, would.Later, 1)
	require.Equal(t, planView{Dataset: "Mnist", Kind: "pictures", Most: 300, Steps: 50, Metric: "accuracy", Epochs: 2, Reward: 500_000_000, Slots: 150,
		Opens: 15, Closes: 60, Paid: 15 + 90 + 30, Quorum: 3, Bond: v.Bond, Drawn: decloud.Committee, Stake: chain.LamportsPerSOL / 10, Note: v.Note}, v)
	require.Regexp(t, `^the test of this contest is public: .* \(--holdout\)`, v.Note, "in the words of the app")
	dry("--committee", "3", "--bond", "0.01")
	require.Equal(t, []any{uint8(3), uint64(10_000_000)}, []any{v.Drawn, v.Bond})
	p.Fails(1, "are to be locked", "create", "--package", dir, "-r", "5000000", "--dry-run")
	p.Fails(2, "from the quorum (3) to 24", append(line, "--dry-run", "--committee", "2")...)
	p.Fails(2, "nobody puts up", append(line, "--dry-run", "--bond", "0.6")...)
	p.Fails(2, "say whole 0.00001 SOL", append(line, "--dry-run", "--bond", "0.010000001")...)
	p.Fails(2, "goes with one epoch", append(line, "--dry-run", "--holdout", dir)...)
	p.Fails(2, "nothing was published or paid", line...)

	d := p.Start(append(line, "--yes")...)
	d.Await(`"event":"opened"`, 1)
	require.Equal(t, 130, d.Stop(), d.Err.String())
	play(t, net, 0, validators, miners, []uint32{9000, 8000, 4000})
	d = p.Start(append(line, "--yes")...)
	d.Await(`"event":"opened"`, 1)
	require.Contains(t, d.Output(), `"epoch":2`)
	play(t, net, 1, validators, miners, []uint32{9000, 9000, 4000})
	d.Await(`"event":"finalized"`, 2)
	for _, m := range miners {
		for id := range uint64(2) {
			_, err := m.ClaimTrainer(t.Context(), id)
			require.NoError(t, err)
		}
	}
	require.Equal(t, 0, d.Ended(), d.Err.String())

	anybody := apptest.New(t, App())
	anybody.Must("rpc", "set", net.URL())
	var s, same standingsView
	anybody.JSON(&s, "standings", "--netuid", "1")
	anybody.JSON(&same, "standings", "--contest", s.Contest)
	require.Equal(t, s, same)
	require.Len(t, s.Epochs, 2)
	require.Equal(t, [][]int{{0, 1, 1}, {-1, 0, 1}, {-1, -1, 0}}, s.Epochs[0].Pairs)
	require.Equal(t, [][]int{{0, 0, 1}, {0, 0, 1}, {-1, -1, 0}}, s.Epochs[1].Pairs)
	require.Equal(t, "hf:alice/rows@3f1c9a0d", s.Epochs[0].Entries[0].Source)
	var averages []uint64
	for _, m := range s.Miners {
		averages = append(averages, m.Average)
	}
	require.Equal(t, []uint64{260_000, 100_000, 0}, averages, "0.8 · 0.2 + 0.2 · 0.5, 0.2 · 0.5")
	require.Equal(t, miners[0].Wallet().String(), s.Miners[0].Miner)
	require.Equal(t, s.Miners[0].Earned, s.Epochs[0].Entries[0].Share+s.Epochs[1].Entries[0].Share)
	text := anybody.Must("standings", "--netuid", "0")
	for _, want := range []string{"epoch 2, round #1: finalized, 0.5 SOL, base 50.00", "26.00 %", "1 is kept at hf:alice/rows@3f1c9a0d", ">3"} {
		require.Contains(t, text, want)
	}
	anybody.Fails(1, "there is no round 7; if its account was closed", "standings", "--netuid", "7")
	anybody.Fails(2, "which contest?", "standings")
	anybody.Fails(2, "is not an address", "standings", "--netuid", "x/"+s.Package)
}

// A sealed test is sealed once: started again, it is the same package, and the same contest.
func TestCreateWithASealedTest(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	players(t, net)
	p := apptest.Settled(t, App(), net, cars, "--poll-interval", "0.02")
	hidden := rows(t, 700, 30)
	line := []string{"create", "-m", model, "-d", "Mnist", "--task", taskFile(t), "-r", "0.5", "--holdout", hidden, "--submission-slots", "1500", "--committee", "none"}
	v := planView{}
	p.JSON(&app.DryRunView{Result: &v}, append(line, "--dry-run")...)
	require.True(t, v.Sealed)
	require.Contains(t, v.Note, "a sealed test")
	require.NoDirExists(t, filepath.Join(p.Home, ".decloud-contest", "sealed"), "a dry run keeps nothing")
	name := regexp.MustCompile(`"cid":"[a-z0-9]+"`)
	run := func(until string) string {
		d := p.Start(append(line, "--yes", "--json")...)
		d.Await(until, 1)
		require.Equal(t, 130, d.Stop(), d.Err.String())
		return name.FindString(d.Output())
	}
	first := run(`"event":"opened"`)
	require.NotEmpty(t, first)
	require.Equal(t, first, run(`"event":"started"`))
	rounds, err := apptest.Reader(t, net).Rounds(t.Context(), round.Filter{})
	require.NoError(t, err)
	require.Len(t, rounds, 1)
	require.True(t, rounds[0].HasHoldout())
	require.Zero(t, rounds[0].Fair.Committee)
}

func TestCreateRefuses(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	p := apptest.Settled(t, App(), net, cars)
	plain := filepath.Join(t.TempDir(), "plain")
	apptest.Settled(t, creator.App(), net, cars).Must("build", "-m", model, "-d", "Mnist", "-o", plain)
	for want, line := range map[string][]string{
		"a reward of each epoch is needed": {"--package", plain},
		"a package is needed":              {"-r", "0.5"},
		"a model for it":                   {"-r", "0.5", "--package", plain, "-m", model},
		"leave one out":                    {"-r", "0.5", "--package", plain, "--blocks_per_epoch", "3", "--submission-slots", "90"},
		"the package has no task":          {"-r", "0.5", "--package", plain},
		"expected localnet":                {"-r", "0.5", "--package", plain, "--subtensor.network", "moon"},
	} {
		p.Fails(2, want, append([]string{"create"}, line...)...)
	}
	p.Fails(1, "there is no package in", "create", "-r", "0.5", "--package", filepath.Join(plain, "none"))
	require.NotContains(t, p.Must("create", "--help"), `"start"`, "is no command of this app")
	p.Fails(1, "50 are to be locked", "create", "-r", "50", "-m", model, "-d", "Mnist", "--task", taskFile(t), "--yes")
	p.Fails(1, "no program address is set for devnet", "create", "-r", "0.5", "--package", plain, "--subtensor.network", "test")
}

// Wallets have names, or are key files, and are used in place of that of the settings.
func TestWalletsByName(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	p := apptest.Settled(t, App(), net, cars)
	var made struct{ Wallet, Keypair_path string } //nolint:revive // as the JSON has it
	p.JSON(&made, "keygen", "--wallet.name", "alice", "--wallet.hotkey", "first")
	require.Equal(t, filepath.Join(p.Home, ".decloud-contest", "wallets", "alice", "first.json"), made.Keypair_path)
	info, err := os.Stat(made.Keypair_path)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	for _, flags := range [][]string{{"--wallet.name", "alice", "--wallet.hotkey", "first"}, {"--wallet.hotkey", made.Keypair_path}, {"--wallet.name", made.Keypair_path}} {
		var has struct{ Wallet string }
		p.JSON(&has, append([]string{"balance"}, flags...)...)
		require.Equal(t, made.Wallet, has.Wallet)
		require.NotEqual(t, p.Wallet().String(), has.Wallet)
	}
	p.Fails(1, "airdrop 2 --wallet.name alice --wallet.hotkey first", "stake", "0.1", "--wallet.name", "alice", "--wallet.hotkey", "first")
	p.Must("airdrop", "1", "--wallet.name", "alice", "--wallet.hotkey", "first")
	p.Must("stake", "0.1", "--wallet.name", "alice", "--wallet.hotkey", "first")
	p.Fails(1, made.Keypair_path+": file already exists", "keygen", "--wallet.name", "alice", "--wallet.hotkey", "first")
	p.Fails(1, "keygen --wallet.name NAME", "balance", "--wallet.name", "bob")
	p.Fails(2, "expected a name of letters", "balance", "--wallet.name", "a b")
	p.Fails(2, "leave one out", "balance", "--wallet.name", "./a.json", "--wallet.hotkey", "b")
	p.Fails(2, "a name is needed", "keygen")
}
