package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const model = "../../launch/model/mnist.pt"

// created is what launch and create print.
type created struct {
	RoundID   uint64 `json:"round_id"`
	CID       string
	Reward    uint64 `json:"reward_lamports"`
	Signature string
	Published []app.Publication
}

// A model of any architecture comes in as ONNX; the app tells an export line for what
// cannot come in as it is.
func TestBuildOfONNX(t *testing.T) {
	p := apptest.Settled(t, App(), localnet.New(t), t.TempDir())
	const models = "../../../packagefmt/testdata/"
	var package_ struct {
		Path         string
		BaseAccuracy uint32 `json:"base_accuracy_bps"`
	}
	p.JSON(&package_, "build", "-m", models+"onnx/skip.onnx", "-d", "Mnist", "--mean", "0", "--std", "1")
	require.Greater(t, package_.BaseAccuracy, uint32(7000))
	require.FileExists(t, filepath.Join(package_.Path, packagefmt.EncoderONNXFile))
	pkg, err := packagefmt.Read(os.DirFS(package_.Path))
	require.NoError(t, err)
	require.NotNil(t, pkg.Head.Inputs, "the head has a residual connection")
	p.Fails(1, packagefmt.ExportLine, "build", "-m", models+"custom.pt", "-d", "Mnist")
	p.Fails(1, "Say it of your data: decloud-creator dataset set Mnist PATH", "build", "-m", models+"onnx/skip.onnx", "-d", "Mnist", "--classes", "a,b,c,d,e,f,g,h,i,j")
	p.Fails(1, "no value is named", "build", "-m", models+"onnx/skip.onnx", "-d", "Mnist", "--logits", "nothing")
}

// The names in a table's columns are features in an order that nobody chose.
func TestColumnsOfNamesAreTold(t *testing.T) {
	require.Equal(t, "colour (blue, red), 2 (a, b)", categorical([]dataset.Column{{Name: "size"}, {Name: "colour", Values: []string{"blue", "red"}}, {Values: []string{"a", "b"}}}))
	require.Empty(t, categorical([]dataset.Column{{Name: "size"}}))
}

func TestStepByStep(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	rounds := apptest.Reader(t, net)
	p := apptest.Settled(t, App(), net, cars)

	var package_ struct {
		Path         string
		BaseAccuracy uint32 `json:"base_accuracy_bps"`
	}
	p.JSON(&package_, "build", "-m", model, "-d", "mnist", "--mean", "0.1307", "--std", "0.3081")
	require.Equal(t, filepath.Join(p.Home, ".decloud-creator", "packages", "Mnist"), package_.Path)
	require.Greater(t, package_.BaseAccuracy, uint32(7000))
	pkg, err := packagefmt.Read(os.DirFS(package_.Path))
	require.NoError(t, err)
	require.NotNil(t, pkg.Encoder)

	p.Fails(1, "--force replaces it", "build", "-m", model, "-d", "Mnist")
	built := p.Type("", "build", "-m", model, "-d", "Mnist", "--force", "--omit-encoder")
	require.Zero(t, built.Code, built.Err)
	require.Contains(t, built.Err, "std [0.3081] (agreed on for Mnist)", "nobody said which preprocessing")
	require.Contains(t, built.Err, "75.20 %", "as with the right flags")
	pkg, err = packagefmt.Read(os.DirFS(package_.Path))
	require.NoError(t, err)
	require.Nil(t, pkg.Encoder, "it was replaced")

	var uploaded struct{ CID string }
	p.Fails(1, "about Mnist, not Cifar10", "upload", "-p", package_.Path, "-d", "Cifar10")
	p.JSON(&uploaded, "upload", "-p", package_.Path, "-d", "Mnist")
	root, err := storage.CID(t.Context(), os.DirFS(package_.Path), storage.Default)
	require.NoError(t, err)
	require.Equal(t, root.String(), uploaded.CID)
	require.FileExists(t, filepath.Join(cars, uploaded.CID+".car"))

	before, err := rounds.Chain().Balance(t.Context(), p.Wallet())
	require.NoError(t, err)
	p.Fails(1, "nothing was paid", "create", "-c", "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", "-d", "Mnist", "-r", "1")
	p.Fails(1, "about Mnist, not Iris", "create", "-c", uploaded.CID, "-d", "Iris", "-r", "1")
	after, err := rounds.Chain().Balance(t.Context(), p.Wallet())
	require.NoError(t, err)
	require.Equal(t, before, after)

	var c created
	p.JSON(&c, "create", "-c", uploaded.CID, "-d", "Mnist", "-r", "0.123456789", "-m", "4.5", "--open", "--yes", "--quorum", "4", "--deadline", "6h", "--reward-rule", "marginal", "--commit-reveal")
	r, err := rounds.Round(t.Context(), c.RoundID)
	require.NoError(t, err)
	require.EqualValues(t, 123_456_789, r.Reward)
	require.EqualValues(t, 450, r.MinRating)
	require.EqualValues(t, 4, r.Options.MinPostvalidations)
	require.EqualValues(t, 1, r.Options.RewardRule)
	require.True(t, r.Options.CommitReveal)
	require.InDelta(t, 6*time.Hour, r.Options.Deadline.Sub(r.CreatedAt), float64(time.Minute))

	var down struct{ Path string }
	var st struct{ Sources []held }
	p.JSON(&st, "status")
	require.Equal(t, []held{{RoundID: c.RoundID, CID: uploaded.CID, By: []string{"cardir:" + cars}}}, st.Sources)
	require.NoError(t, os.Remove(filepath.Join(cars, uploaded.CID+".car")))
	require.Contains(t, p.Must("status"), "nobody has it; not by cardir:"+cars)
	p.Fails(1, "nobody else could fetch it", "create", "-c", uploaded.CID, "-d", "Mnist", "-r", "1") // it is in the own store
	require.Contains(t, p.Type("", "upload", "-p", package_.Path).Err, "read back from there; no other source was asked")

	p.JSON(&down, "download-model", uploaded.CID)
	again, err := storage.CID(t.Context(), os.DirFS(down.Path), storage.Default)
	require.NoError(t, err)
	require.Equal(t, root, again)
	p.JSON(&down, "download-model", uploaded.CID) // it is there already
	p.Fails(1, "nobody has submitted", "download-gradient", "--round", fmt.Sprint(c.RoundID))

	p.Must("cancel", fmt.Sprint(c.RoundID))
	r, err = rounds.Round(t.Context(), c.RoundID)
	require.NoError(t, err)
	require.Equal(t, round.Cancelled, r.Status)
	p.Fails(1, "cancelled already", "cancel", fmt.Sprint(c.RoundID))
}

// A base that is far from what its creator knows of it, or no better than chance, is
// noticed before anything is written or paid.
func TestBaseThatIsNotWhatItShouldBe(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	rounds := apptest.Reader(t, net)
	p := apptest.Settled(t, App(), net, cars)
	p.Must("build", "-m", model, "-d", "Mnist", "--expect", "75")
	p.Fails(1, "75.20 % right, and --expect says 90", "build", "-m", model, "-d", "Mnist", "--expect", "90", "--force")
	before, err := rounds.Chain().Balance(t.Context(), p.Wallet())
	require.NoError(t, err)
	wrong := []string{"-m", model, "-d", "Mnist", "--mean", "-1000", "--std", "0.1"}
	p.Fails(1, "nothing was published or paid", append([]string{"launch", "-r", "0.5"}, wrong...)...)
	built := p.Type("", append([]string{"build", "--force"}, wrong...)...)
	require.Zero(t, built.Code, built.Err)
	require.Contains(t, built.Err, "WARNING: the base gets")
	after, err := rounds.Chain().Balance(t.Context(), p.Wallet())
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// Without an agreement the normalization is measured, on the train part if there
// is one.
func TestNormalizationIsMeasured(t *testing.T) {
	pixels := []byte{0, 255, 51, 51}
	grey, err := dataset.NewImages([]int{1, 1, 2}, 2, pixels, []int{0, 1})
	require.NoError(t, err)
	mean, std, n, err := measure(grey, &packagefmt.Preprocessing{})
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.InDelta(t, 0.35, mean[0], 1e-6)
	require.InDelta(t, 0.38406, std[0], 1e-4)
	flat, err := dataset.New([]int{4}, 1, []float32{0, 2, 4, 6, 0, 2, 4, 6}, []int{0, 0})
	require.NoError(t, err)
	mean, std, _, err = measure(flat, &packagefmt.Preprocessing{Shape: []int{2, 2}})
	require.NoError(t, err)
	require.Equal(t, []float32{3}, mean)
	require.InDelta(t, 2.236, std[0], 1e-3)
}

// An .npz of [n, 7, 6] is read as images of one channel; a recurrent model takes 7 steps.
func TestShapeOfASample(t *testing.T) {
	o, err := (&recipe{shape: app.Names{"7", "6"}}).options(&config{}, dataset.EcgHeartbeat)
	require.NoError(t, err)
	require.Equal(t, []int{7, 6}, o.Preprocessing.Shape)
}

func TestLaunchUntilTheDeadline(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	rounds, validator := apptest.Reader(t, net), apptest.Funded(t, net)
	p := apptest.Settled(t, App(), net, cars)
	var c created
	p.JSON(&c, "launch", "-m", model, "-d", "Mnist", "-r", "0.5", "--open", "--yes")
	require.Len(t, c.Published, 1)
	require.Equal(t, "cardir:"+cars, c.Published[0].ReadBackFrom)
	id := fmt.Sprint(c.RoundID)

	var info app.RoundDetails
	report := filepath.Join(t.TempDir(), "round.html")
	p.JSON(&info, "info", id, "--report", report)
	text, err := os.ReadFile(report)
	require.NoError(t, err)
	require.Contains(t, string(text), "<dd>"+c.CID+"</dd>")
	require.Equal(t, round.PhaseWaiting, info.Phase)
	require.EqualValues(t, 500_000_000, info.Held)
	require.Equal(t, c.CID, info.ModelCID)
	var mine []app.RoundView
	p.JSON(&mine, "my-rounds", "--status", "active")
	require.Len(t, mine, 1)
	p.JSON(&mine, "my-rounds", "--status", "finalized")
	require.Empty(t, mine)
	require.Contains(t, p.Must("my-rounds"), "waiting")

	p.Fails(1, "NoPrevalidation", "finalize", id)
	p.Fails(1, "RoundNotFinalized", "withdraw", id)
	_, err = validator.Prevalidate(t.Context(), c.RoundID, 6030)
	require.NoError(t, err)
	p.Fails(1, "RoundHasParticipants", "cancel", id)
	p.Fails(1, "the deadline is", "force-finalize", id)
	net.Warp(13 * time.Hour)
	require.Contains(t, p.Must("my-rounds"), "overdue")
	require.Contains(t, p.Must("force-finalize", id, "--dry-run"), "Your wallet: -0.000005 SOL, of which fees are 0.000005 SOL at most.")
	require.Contains(t, p.Must("my-rounds"), "overdue", "that was a dry run")
	require.Contains(t, p.Must("start", "--dry-run"), "Transaction 1 would succeed", "the same by the daemon")
	p.Must("force-finalize", id)

	var back struct {
		Lamports uint64
		Closed   bool `json:"vault_closed"`
	}
	var dry app.DryRunView
	p.JSON(&dry, "withdraw", id, "--dry-run")
	p.JSON(&back, "withdraw", id)
	require.False(t, back.Closed, "the validator has not claimed")
	require.Equal(t, int64(back.Lamports)-5000, dry.Change, "what it said is what happened")
	require.Equal(t, "withdraw", dry.Command)
	require.Equal(t, p.Wallet().String(), dry.Wallet)
	require.Len(t, dry.Transactions, 1)
	p.Fails(1, "NothingToWithdraw", "withdraw", id)
	failed := p.Type("", "withdraw", id, "--dry-run", "--json")
	require.Equal(t, 1, failed.Code)
	require.Contains(t, failed.Err, "NothingToWithdraw")
	require.NoError(t, json.Unmarshal([]byte(failed.Out), &dry))
	require.False(t, dry.Succeeds)
	require.Contains(t, dry.Transactions[0].Error, "NothingToWithdraw")
	receipt, err := validator.ClaimValidatorPre(t.Context(), c.RoundID)
	require.NoError(t, err)
	first := back.Lamports
	p.JSON(&back, "withdraw", id)
	require.True(t, back.Closed)
	share := receipt.Paid()
	require.EqualValues(t, 500_000_000, first+back.Lamports+share+share*200/9800, "reward = withdrawn + paid + fee of 2 %")
	_, err = rounds.Vault(t.Context(), c.RoundID)
	require.ErrorIs(t, err, chain.ErrNotFound)
	require.Contains(t, p.Must("status"), "1, 0 of them active")
	p.Fails(1, "its claim period ends 20", "close", id)
	net.Warp(181 * 24 * time.Hour)
	require.Contains(t, p.Must("close", id), "its rent is back")
	p.Fails(1, "there is no round", "close", id)
}

func TestWhatIsRefusedBeforeAnythingIsDone(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	p := apptest.Settled(t, App(), net, cars)
	torn := filepath.Join(t.TempDir(), "torn.pt")
	data, err := os.ReadFile(model)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(torn, data[:len(data)/2], 0o600))
	for _, c := range []struct {
		code int
		want string
		line string
	}{
		{2, "a reward is needed", "launch -m m.pt -d Mnist"},
		{2, "a data set is needed", "launch -m m.pt -r 1"},
		{2, "a model is needed", "launch -d Mnist -r 1"},
		{2, `"nonsense" is not a known data set; decloud-creator datasets lists them`, "launch -m m.pt -d nonsense -r 1"},
		{1, "regression", "launch -m m.pt -d CaliforniaHousing -r 1"},
		{1, "no such file", "launch -m /nonexistent.pt -d Mnist -r 1"},
		{1, torn, "launch -m " + torn + " -d Mnist -r 1"},
		{1, "too little SOL", "launch -m " + model + " -d Mnist -r 1000"},
		{1, "dataset set Cifar10 PATH", "launch -m " + model + " -d Cifar10 -r 1"},
		{2, "1 to 5 stars", "launch -m " + model + " -d Mnist -r 1 --min-rating 0.5"},
		{2, "from 1 to 24", "launch -m " + model + " -d Mnist -r 1 --quorum 25"},
		{2, "quorum of 3", "launch -m " + model + " -d Mnist -r 1 --quorum 2 --reward-rule marginal --open"},
		{2, "a fair round needs a quorum of 3", "launch -m " + model + " -d Mnist -r 1 --quorum 2"},
		{2, "go with --open", "launch -m " + model + " -d Mnist -r 1 --deadline 6h"},
		{2, "leave out --open", "launch -m " + model + " -d Mnist -r 1 --open --pace day"},
		{2, "demo, quick, day or week", "launch -m " + model + " -d Mnist -r 1 --pace year"},
		{2, "from the quorum (5) to 24", "launch -m " + model + " -d Mnist -r 1 --quorum 5 --committee 4"},
		{2, "--committee none", "launch -m " + model + " -d Mnist -r 1 --validator-stake 0"},
		{2, "quorum of 3", "launch -m " + model + " -d Mnist -r 1 --quorum 2 --reward-rule win-rate --open"},
		{2, "--no-check goes with --open", "create -c bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi -d Mnist -r 1 --no-check"},
		{1, "decloud-validator stake 0.1", "launch -m " + model + " -d Mnist -r 1"},
		{2, "expected marginal, proportional or win-rate", "launch -m " + model + " -d Mnist -r 1 --reward-rule fair"},
		{2, "-r: an amount of SOL", "launch -m " + model + " -d Mnist -r 0.1234567891"},
		{2, "--mean", "build -m " + model + " -d Mnist --mean x"},
		{2, "--shape", "build -m " + model + " -d Mnist --shape 28x28"},
		{2, "--shape", "build -m " + model + " -d Mnist --shape 28,0"},
		{1, "784", "build -m " + model + " -d Mnist --shape 28,14"},
		{1, "--layers", "build -m " + model + " -d Mnist --layers /nonexistent"},
		{2, "-p DIR", "upload"},
		{1, "config.json", "upload -p " + cars},
		{2, "-c CID", "create -d Mnist -r 1"},
		{2, "--cid", "create -c ../../etc/passwd -d Mnist -r 1"},
		{2, "expected a CID", "download-model ../../etc/passwd"},
		{2, "either a CID or --round", "download-gradient"},
		{2, "a round's number", "info x"},
		{1, "No round has that number, or it was closed", "info 99"},
		{1, "round 99", "finalize 99"},
		{2, "--status", "my-rounds --status sleeping"},
	} {
		p.Fails(c.code, c.want, strings.Fields(c.line)...)
	}
	left, err := os.ReadDir(cars)
	require.NoError(t, err)
	require.Empty(t, left, "nothing was published")
	counter, err := apptest.Reader(t, net).Counter(t.Context())
	require.NoError(t, err)
	require.Zero(t, counter.Count, "nothing was paid")
}

func TestNobodyAtHome(t *testing.T) {
	p := apptest.New(t, App())
	p.Must("setup", "--new-wallet", "--custom-rpc", "http://127.0.0.1:1")
	r := p.Type("", "status")
	require.Equal(t, 1, r.Code)
	require.Contains(t, r.Err, "go run ./examples/localnet")

	net := localnet.New(t, localnet.Empty())
	p.Must("rpc", "set", net.URL(), "--ws", net.WSURL())
	require.Contains(t, p.Must("status"), "not there, or not set up")
	p.Must("airdrop", "2")
	p.Fails(1, "there is no decloud program at", "launch", "-m", model, "-d", "Mnist", "-r", "1")
}

// stopAt interrupts once a text was written.
type stopAt struct {
	bytes.Buffer
	text string
	stop func()
}

func (s *stopAt) Write(b []byte) (int, error) {
	if strings.Contains(string(b), s.text) {
		s.stop()
	}
	return s.Buffer.Write(b)
}

func TestCtrlCLeavesNothingHalfDone(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	p := apptest.Settled(t, App(), net, cars)
	for _, at := range []string{"reading", "the head starts"} {
		ctx, cancel := context.WithCancel(t.Context())
		errs := &stopAt{text: at, stop: cancel}
		var out bytes.Buffer
		code := App().Run(ctx, []string{"launch", "-m", model, "-d", "Mnist", "-r", "1"}, app.IO{
			In: strings.NewReader(""), Out: &out, Err: errs, Env: func(name string) string { return map[string]string{"HOME": p.Home}[name] },
		})
		require.Equal(t, 130, code, errs.String())
		require.Contains(t, errs.String(), "decloud-creator: stopped")
		require.Empty(t, out.String())
	}
	counter, err := apptest.Reader(t, net).Counter(t.Context())
	require.NoError(t, err)
	require.Zero(t, counter.Count)
}

func TestTermsByNetwork(t *testing.T) {
	for _, c := range []struct {
		network, setting, flag string
		open                   bool
		stake, window          string
		quorum                 int
		pace                   string
	}{
		{"localnet", "", "", true, "0", "0", 3, ""},
		{"devnet", "", "", true, "0.1", "10m", 3, ""},
		{"mainnet", "2", "", true, "2", "10m", 3, ""},
		{"mainnet", "2", "3", true, "3", "10m", 3, ""},
		{"localnet", "", "1", true, "1", "0", 3, ""},
		{"localnet", "", "", false, "0.1", "", 3, "demo"},
		{"devnet", "", "", false, "0.1", "", 0, "day"},
		{"mainnet", "2", "3", false, "3", "", 0, "day"},
	} {
		cfg := newConfig().(*config)
		cfg.Network, cfg.ValidatorStake = c.network, c.setting
		terms := &terms{reward: 1, stake: c.flag, open: c.open}
		require.NoError(t, terms.check(cfg))
		require.Equal(t, c.stake, terms.stake)
		require.Equal(t, c.window, terms.plainFlags.baseWindow)
		require.Equal(t, c.quorum, terms.quorum)
		require.Equal(t, c.pace, terms.fairFlags.pace)
		require.EqualValues(t, 100, terms.minRating)
	}
}

func TestAStakeFitsTheProtocolsDeadline(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	p := apptest.Settled(t, App(), net, cars)
	var c created
	p.JSON(&c, "launch", "-m", model, "-d", "Mnist", "-r", "0.5", "--open", "--yes", "--validator-stake", "0.1", "--base-window", "10m")
	r, err := apptest.Reader(t, net).Round(t.Context(), c.RoundID)
	require.NoError(t, err)
	require.EqualValues(t, 100_000_000, r.Options.MinValidatorStake)
	require.Equal(t, 10*time.Minute, r.Options.BaseWindow)
}

// A model of texts takes its tokenizer along.
func TestTexts(t *testing.T) {
	p := apptest.New(t, App())
	languages, texts := "../../../packagefmt/testdata/languages/", filepath.Join("..", "..", "..", "dataset", "testdata", "languages", "test.csv.gz")
	p.Must("dataset", "set", "TwentyNewsgroups", texts)
	p.Fails(2, "name the model's tokenizer.json (--tokenizer)", "build", "-m", languages+"languages.pt", "-d", "TwentyNewsgroups", "--shape", "64")
	var package_ struct {
		Path         string
		BaseAccuracy uint32 `json:"base_accuracy_bps"`
	}
	p.JSON(&package_, "build", "-m", languages+"languages.pt", "-d", "TwentyNewsgroups", "--shape", "64", "--tokenizer", languages+"tokenizer.json")
	require.InDelta(t, 6540, package_.BaseAccuracy, 50)
	require.FileExists(t, filepath.Join(package_.Path, packagefmt.TokenizerFile))
}
