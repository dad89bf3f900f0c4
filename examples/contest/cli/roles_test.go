package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	creator "github.com/decloud-sdk/decloud-go/examples/creator/cli"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/internal/hubtest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
	"github.com/decloud-sdk/decloud-go/round"
)

// rows writes some digits to a directory.
func rows(t *testing.T, first, n int) string {
	t.Helper()
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	list := make([]int, n)
	for i := range list {
		list[i] = first + i
	}
	some, err := dataset.Subset(digits.Train, list)
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "rows")
	require.NoError(t, dataset.SaveIDX(dir, some.(dataset.Described)))
	return dir
}

// filesOf are the files in a directory.
func filesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files[name], err = os.ReadFile(filepath.Join(dir, name))
		}
		return err
	}))
	return files
}

// made is the submission that a miner has made of its data.
func made(miner *apptest.Person) string {
	return filepath.Join(miner.Home, ".decloud-contest", "work", miner.Wallet().String(), "data", "submission")
}

// upload puts a directory on the hub as people do, with a README.md beside the rows: with Hugging Face's own client, where it is.
func upload(t *testing.T, hub *hubtest.Hub, repo, dir string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "README.md"), []byte("---\nlicense: cc0-1.0\n---\n# Digits\n"), 0o600))
	python, err := hubtest.Python()
	if err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), err)
		t.Logf("%s is put there without Hugging Face's own client: %v", repo, err)
		hub.Put(repo, false, filesOf(t, dir))
		return
	}
	_, err = hub.Client(t.Context(), python, t.TempDir(), "hf_s3cr3t", "upload", repo, dir, "public")
	require.NoError(t, err)
	require.Contains(t, hub.Files(repo, "main"), ".gitattributes", "the hub's own")
}

// An epoch about a package with a sealed test is created, mined and validated by the apps alone: data from a directory, and
// data that is on a hub, is submitted, trained on, scored once the key is revealed, and paid for.
func TestRoles(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	settled := func() *apptest.Person { return apptest.Settled(t, App(), net, cars, "--poll-interval", "0.02") }
	host, miner := settled(), settled()
	pkg, hidden := filepath.Join(t.TempDir(), "package"), rows(t, 700, 200)
	built := apptest.New(t, creator.App()).Must("build", "-m", model, "-d", "Mnist", "--task", taskFile(t), "-o", pkg)
	require.Contains(t, built, "next: decloud-contest create --package "+pkg)
	create := host.Start("create", "--package", pkg, "--holdout", hidden, "-r", "0.5", "--submission-slots", "1500", "--yes", "--json")
	create.Await(`"event":"opened"`, 1)

	data := rows(t, 200, 120)
	miner.Fails(2, "which contest?", "miner", "--dataset_path", data)
	miner.Fails(2, "data is needed", "miner", "--netuid", "0")
	miner.Fails(1, "no such file", "miner", "--netuid", "0", "--dataset_path", filepath.Join(data, "none"))
	miner.Fails(1, "5 rows", "miner", "--netuid", "0", "--dataset_path", rows(t, 200, 5), "--check")
	var checked struct{ Rows int }
	digits := []string{"miner", "--netuid", "0", "--dataset_path", "../../../dataset/data", "--check", "--rows"} // as README.md has it
	miner.JSON(&checked, append(digits, "301-500")...)
	require.Equal(t, 200, checked.Rows)
	miner.Fails(2, "there are 2000 rows", append(digits, "1-2001")...)
	miner.Fails(2, "such as 1-300", append(digits, "5-3")...)
	miner.Fails(1, "2000 rows, the round takes 10 to 300; some of them: --rows 1-300", digits[:len(digits)-1]...)
	miner.JSON(&checked, "miner", "--netuid", "0", "--dataset_path", data, "--check")
	require.Equal(t, 120, checked.Rows)
	hub := hubtest.Start()
	t.Cleanup(hub.Close)
	hub.AddToken("hf_s3cr3t", true)
	miner.Env["HF_ENDPOINT"], miner.Env["HF_TOKEN"] = hub.API.URL, "hf_s3cr3t"
	onHub := []string{"miner", "--netuid", "0", "--hf_repo_id", "alice/rows", "--check"}
	missing := miner.Type("", onHub...)
	require.Equal(t, 1, missing.Code)
	require.Contains(t, missing.Err, "hf:alice/rows")
	require.NotContains(t, missing.Err, "hf_s3cr3t")
	hub.Put("alice/rows", false, map[string][]byte{"rows.jsonl": []byte("{}")})
	miner.Fails(1, "its newest commit is no submission", onHub...)
	hub.Put("alice/rows", false, filesOf(t, made(miner)))
	checked.Rows = 0
	miner.JSON(&checked, onHub...)
	require.Equal(t, 120, checked.Rows)
	own := filepath.Join(t.TempDir(), "cars") // where validators do not look
	require.NoError(t, os.CopyFS(own, os.DirFS(cars)))
	second := apptest.Settled(t, App(), net, own, "--poll-interval", "0.02")
	second.Env["HF_ENDPOINT"] = hub.API.URL
	second.Must("miner", "--netuid", "0", "--dataset_path", rows(t, 330, 20), "--check")
	upload(t, hub, "bob/rows", made(second))

	var validators []*apptest.Daemon
	for range 3 {
		v := settled()
		v.Env["HF_ENDPOINT"] = hub.API.URL
		validators = append(validators, v.Start("validator", "--netuid", "0", "--stake", "0.1", "--blocks_per_epoch", "50", "--json"))
	}
	wary := settled().Start("validator", "--netuid", "0", "--stake", "0.1", "--blocks_per_epoch", "51", "--json")
	look := func() *round.Round {
		r, err := apptest.Reader(t, net).Round(t.Context(), 0)
		require.NoError(t, err)
		return r
	}
	until := func(at time.Time) { net.Warp(max(0, at.Sub(net.Now())) + time.Second) }
	all := func(event string, times int) {
		for _, v := range validators {
			v.Await(`"event":"`+event+`"`, times)
		}
	}
	for _, v := range append(validators, wary) { // their stakes are sent: a clock that moves meanwhile looks like a node that lies
		v.Await(`"event":"started"`, 1)
	}
	until(look().SubmissionsOpen())
	mine := miner.Start("miner", "--netuid", "0", "--dataset_path", data, "--license", "CC0-1.0", "--logging.trace", "--json")
	mine.Await(`"event":"submitted"`, 1)
	theirs := second.Start("miner", "--netuid", "0", "--hf_repo_id", "bob/rows", "--json")
	theirs.Await(`"event":"submitted"`, 1)
	until(look().SubmissionsClose())
	mine.Await(`"event":"published"`, 1)
	theirs.Await(`"event":"sourced"`, 1)
	create.Await(`"event":"revealed"`, 1)
	until(look().ScoringStarts())
	all("base", 1)
	all("gradient", 2)
	wary.Await("less than 51 blocks", 1)
	require.Equal(t, 130, wary.Stop())
	until(look().ScoringStarts().Add(look().Options.CommitWindow))
	all("revealed", 3)
	until(look().EarliestFinalize)
	mine.Await(`"event":"claimed"`, 1)
	all("claimed", 3)
	theirs.Await(`"event":"claimed"`, 1)
	require.Equal(t, 130, theirs.Stop())
	require.Equal(t, 0, create.Ended(), create.Err.String())
	require.Equal(t, 130, mine.Stop())
	require.Contains(t, mine.Err.String(), "level=INFO")
	for _, v := range validators {
		require.Equal(t, 130, v.Stop())
		require.NotContains(t, v.Output(), `"event":"unsealed"`)
	}

	var s standingsView
	miner.JSON(&s, "standings", "--netuid", "0")
	entry := s.Epochs[0].Entries[0]
	require.Equal(t, miner.Wallet().String(), entry.Miner)
	require.Greater(t, entry.Score, s.Epochs[0].Base)
	require.EqualValues(t, 1_000_000, entry.Rate)
	require.Positive(t, entry.Share)

	// Anybody writes what the winner's data has taught: what is trained here scores what validators have said.
	anybody := apptest.New(t, App())
	anybody.Must("config", "--set", "car_dir="+cars)
	anybody.Must("rpc", "set", net.URL())
	dir := filepath.Join(t.TempDir(), "adapter")
	var v adapterView
	line := []string{"adapter", "--netuid", "0", "-o", dir}
	anybody.Fails(1, "epoch 1 has 2 scored submissions", append(line, "--place", "3")...)
	anybody.Fails(1, "epoch 7 is not finalized", append(line, "--epoch", "7")...)
	anybody.Fails(2, "leave one out", append(line, "--place", "1", "--miner", entry.Miner)...)
	anybody.Fails(1, "has no scored submission", append(line, "--miner", s.Creator)...)
	anybody.Fails(1, "300 samples, the package has embeddings of 1000", append(line, "--test", rows(t, 0, 300))...)
	require.NoDirExists(t, dir)
	anybody.JSON(&v, append(line, "--miner", entry.Miner)...)
	require.Equal(t, []uint32{entry.Score, entry.Score, s.Epochs[0].Base}, []uint32{v.Score, v.Chain, v.Base})
	first := filesOf(t, dir)
	require.Len(t, first, 2)
	require.Contains(t, string(first[lora.ConfigFile]), `"head.layers.`)
	anybody.Fails(1, "--force replaces it", line...)
	next := filepath.Join(t.TempDir(), "next")
	anybody.Must(append(line, "--force", "--merge", next)...)
	anybody.Fails(1, "--merge writes elsewhere", "adapter", "--netuid", "0", "-o", filepath.Join(next, "adapter"), "--merge", next)
	host.Must("create", "--package", next, "-r", "0.5", "--dry-run")
	require.Equal(t, first, filesOf(t, dir))
}
