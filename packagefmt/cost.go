package packagefmt

import (
	"io/fs"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/regular"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Cost is what computing with a package takes, known before anything runs.
type Cost struct {
	Bytes     int64 // of its weights, embeddings and tokenizer in memory
	HeadBytes int64 // of these: the head's weights
	// EncoderOps and HeadOps are the multiply-adds that one sample takes in the
	// encoder (0 without one) and in the head. Training takes about three times
	// as many.
	EncoderOps, HeadOps float64
	// WorkBytes is the memory of a batch on its way through the package, about.
	WorkBytes int64
	// SampleBytes is the memory of one sample between all layers, about. Training takes about
	// twice as much for each sample of a batch.
	SampleBytes int64
}

// Cost computes what computing with the package takes.
func (p *Package) Cost() (c Cost, err error) {
	c.HeadBytes = p.Head.bytes()
	c.Bytes = 4*int64(len(p.Embeddings.Data)) + c.HeadBytes + expansions[TokenizerFile]*int64(len(p.Tokenizer)) + expansions[HoldoutFile]*int64(len(p.Holdout))
	head, err := p.Head.net()
	if err != nil {
		return Cost{}, err
	}
	of, err := checkCost(head, p.Embeddings.Shape[1:], p.headCost())
	if err != nil {
		return Cost{}, err
	}
	c.HeadOps, c.WorkBytes, c.SampleBytes = of.ops, int64(max(batchBytes, of.bytes)), int64(of.bytes)
	if p.Encoder != nil {
		e, err := p.encoder()
		if err != nil {
			return Cost{}, err
		}
		c.Bytes += p.Encoder.bytes()
		c.EncoderOps, c.WorkBytes = e.cost.ops, max(c.WorkBytes, int64(e.cost.bytes))
		c.SampleBytes += int64(e.cost.bytes)
	}
	return c, nil
}

// bytes is the memory of a network's weights.
func (n Network) bytes() int64 {
	if n.ONNX != nil {
		return 2 * n.weightBytes() // some are packed for the kernels beside the file's
	}
	return n.weightBytes()
}

// DecodedBytes is how many bytes of memory a package or a gradient takes while it is
// read, about: its tensors, which may be twice what their files hold, and what its
// other files become. It reads the headers alone. Files that are missing count 0, and so do
// those whose header is invalid, since reading those fails at once; an error
// comes from fsys.
func DecodedBytes(fsys fs.FS) (sum int64, err error) {
	r := &reader{fsys: fsys}
	if err := r.list(); err != nil {
		return 0, err
	}
	for _, name := range []string{HeadFile, EmbeddingsFile, EncoderWeightsFile} {
		if !r.has[name] {
			continue
		}
		n, err := decodedBytes(fsys, name)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	for name, times := range expansions {
		if !r.has[name] {
			continue
		}
		info, err := fs.Stat(fsys, name)
		if err != nil {
			return 0, err
		}
		sum += times * info.Size()
	}
	return sum, nil
}

// expansions are how many times its size a file takes in memory while it is read, at
// most, where its header does not tell: an ONNX file with its weights and what becomes
// of them, a tokenizer with its vocabulary, a sealed test as it is opened, and JSON of many
// small values.
var expansions = map[string]int64{EncoderONNXFile: 3, HoldoutFile: 4, TokenizerFile: 16, ConfigFile: 64, EncoderFile: 64}

func decodedBytes(fsys fs.FS, name string) (int64, error) {
	f, info, err := regular.OpenFS(fsys, name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	in := &source{file: f, left: info.Size()}
	n, err := safetensors.DecodedBytes(in, info.Size())
	if in.err != nil {
		return 0, in.err
	}
	if err != nil {
		return 0, nil //nolint:nilerr // reading fails at once, and takes nothing
	}
	return n, nil
}

// speed is measured with a layer of side·side weights on rows samples.
const (
	speedSide = 512
	speedRows = 64
	speedRuns = 3
)

// Speed is about how many multiply-adds a second this machine does on one
// network, measured once in a few milliseconds on a layer that suits it:
// convolutions reach a half or a third.
var Speed = sync.OnceValue(func() float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(shape ...int) safetensors.Tensor {
		t := safetensors.Tensor{Shape: shape, Data: make([]float32, shape[0]*shape[1])}
		for i := range t.Data {
			t.Data[i] = rng.Float32() - 0.5
		}
		return t
	}
	net, err := nn.Frozen(nn.List([]nn.Spec{{Type: "Linear", Params: map[string]any{"in_features": float64(speedSide), "out_features": float64(speedSide), "bias": false}}}),
		map[string]safetensors.Tensor{"layers.0.weight": random(speedSide, speedSide)})
	if err != nil {
		return 1e9
	}
	best, x := time.Hour, random(speedRows, speedSide)
	for range speedRuns {
		start := time.Now()
		if _, err := net.Forward(x); err != nil {
			return 1e9
		}
		best = min(best, time.Since(start))
	}
	return speedSide * speedSide * speedRows / max(best.Seconds(), 1e-6)
})
