package member

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/aggregate"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/storage"
)

// A model that was read is read again once the configuration changes: a worker that has
// been there before finds what one that comes anew finds.
func TestModelIsReadForTheConfiguration(t *testing.T) {
	cars := storage.NewCARDir(t.TempDir())
	store, err := storage.Open(storage.Config{Dir: filepath.Join(t.TempDir(), "blocks"), Fetchers: []storage.Fetcher{cars}, Pushers: []storage.Pusher{cars}, NoSync: true})
	require.NoError(t, err)
	publish := func(files fs.FS, err error) cid.Cid {
		require.NoError(t, err)
		root, err := store.Add(t.Context(), files)
		require.NoError(t, err)
		return root
	}
	digest := func(root cid.Cid) run.Digest {
		d, err := Digest(root)
		require.NoError(t, err)
		return d
	}
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	few, err := dataset.Subset(digits.Test, []int{0, 1, 2})
	require.NoError(t, err)
	pkg, _, err := packagefmt.Build(t.Context(), packagefmt.Model{Network: packagefmt.Network{
		Layers: []packagefmt.Layer{{Type: "Flatten"}, {Type: "Linear", Params: map[string]any{"in_features": 784.0, "out_features": 10.0}}},
		Weights: map[string]safetensors.Tensor{
			"layers.1.weight": {Shape: []int{10, 784}, Data: make([]float32, 7840)}, "layers.1.bias": {Shape: []int{10}, Data: make([]float32, 10)},
		},
	}}, few, packagefmt.BuildOptions{Dataset: dataset.Mnist, Split: packagefmt.SplitOptions{Strategy: packagefmt.SplitExplicit, FirstLayer: 1}})
	require.NoError(t, err)
	root := publish(pkg.FS())
	runWith := func(server aggregate.Server, model run.Digest) *run.Run {
		f := config.Default()
		f.Model.Head.Package, f.Model.Head.Server.Optimizer = root.String(), string(server)
		f.Config.WarmupTime, f.Config.CooldownTime, f.Config.RoundsPerEpoch, f.Config.MaxRoundTrainTime, f.Config.RoundWitnessTime = 1, 1, 1, 1, 1
		f.Config.MinClients, f.Config.InitMinClients, f.Config.TotalSteps = 1, 1, 1
		f.Config.GlobalBatchSizeStart, f.Config.GlobalBatchSizeEnd = 1, 1
		f.Model.Head.LRSchedule.Constant, f.Model.Head.Optimizer.Sgd = &config.Constant{BaseLR: 0.1}, &config.Sgd{}
		text, err := f.Marshal()
		require.NoError(t, err)
		return &run.Run{ConfigDigest: digest(publish(config.FS(text), nil)), PackageCID: root.String(), Settings: f.Settings(), Model: model}
	}
	state := aggregate.Step{}
	for name, weight := range pkg.Head.Weights {
		if packagefmt.Learned(name) {
			state["velocity/"+name] = make([]float64, len(weight.Data))
		}
	}
	model := digest(publish(aggregate.Model{Head: pkg.Head, State: state}.FS(pkg)))

	w := &Worker{cfg: Config{Store: store, Data: few}.withDefaults()}
	with := runWith(aggregate.Momentum, model)
	sc, err := w.scene(t.Context(), with)
	require.NoError(t, err)
	require.Len(t, sc.model.State, len(state))
	_, err = w.scene(t.Context(), runWith(aggregate.Average, model))
	require.ErrorIs(t, err, packagefmt.ErrInvalid, "average has no use for a state")
	sc, err = w.scene(t.Context(), with)
	require.NoError(t, err)
	require.Len(t, sc.model.State, len(state))
}

// A package whose encoder makes much of every sample is refused before it does.
func TestSamplesThroughAnEncoderAreBounded(t *testing.T) {
	pkg := &packagefmt.Package{Embeddings: safetensors.Tensor{Shape: []int{5, 4, 5}}}
	w := &Worker{cfg: Config{MaxData: 160}}
	require.NoError(t, w.checkSamples(pkg, 2), "160 bytes")
	require.ErrorContains(t, w.checkSamples(pkg, 3), "MaxData")
	require.NoError(t, w.checkSamples(pkg, 0))
	pkg.Embeddings.Shape = []int{5, 1 << 40, 1 << 40}
	require.Error(t, w.checkSamples(pkg, 1), "more than an int holds")
}
