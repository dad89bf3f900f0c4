package packagefmt

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/cputime"
)

// pk assembles a pickle: strings are literal opcodes, the helpers below make
// those with arguments.
func pk(parts ...string) string { return "\x80\x02" + strings.Join(parts, "") + "." }

func uni(s string) string {
	return "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
}

func long8(v int64) string {
	return "\x8a\x08" + string(binary.LittleEndian.AppendUint64(nil, uint64(v)))
}

func global(module, name string) string { return "c" + module + "\n" + name + "\n" }

// mod is a module of torch.nn with the given entries of its state.
func mod(module, class string, state ...string) string {
	return global("torch.nn.modules."+module, class) + ")\x81}(" + strings.Join(state, "") + "ub"
}

func sequential(children ...string) string {
	var b strings.Builder
	for i, c := range children {
		b.WriteString(uni(fmt.Sprint(i)) + c)
	}
	return mod("container", "Sequential", uni("_modules"), "}(", b.String(), "u")
}

// tensor rebuilds a view of storage "0", of which count elements are declared.
func tensor(count, offset int64, shape, stride []int64) string {
	tuple := func(v []int64) string {
		s := "("
		for _, x := range v {
			s += long8(x)
		}
		return s + "t"
	}
	return global("torch._utils", "_rebuild_tensor_v2") +
		"((" + uni("storage") + global("torch", "FloatStorage") + uni("0") + uni("cpu") + long8(count) + "tQ" +
		long8(offset) + tuple(shape) + tuple(stride) + "\x89" + global("collections", "OrderedDict") + ")RtR"
}

// linear is a Linear(2, 1, bias=False) with the given weight.
func linear(weight string) string {
	return mod("linear", "Linear", uni("in_features"), "K\x02", uni("out_features"), "K\x01",
		uni("_parameters"), "}(", uni("weight"), weight, uni("bias"), "N", "u")
}

// pt packs a data.pkl and a storage "0" of two float32 into the zip form.
func pt(t testing.TB, pickle string, change ...func(*zip.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if len(change) == 0 {
		change = append(change, func(w *zip.Writer) { stored(t, w, "m/data/0", make([]byte, 8)) })
	}
	stored(t, w, "m/data.pkl", []byte(pickle))
	for _, c := range change {
		c(w)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func stored(t testing.TB, w *zip.Writer, name string, data []byte) {
	t.Helper()
	f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	require.NoError(t, err)
	_, err = f.Write(data)
	require.NoError(t, err)
}

func TestAssemblerMakesAModel(t *testing.T) {
	b := pt(t, pk(sequential(linear(tensor(2, 0, []int64{1, 2}, []int64{2, 1})))))
	m, err := LoadPyTorch(bytes.NewReader(b), int64(len(b)), PyTorchOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"Linear"}, types(m.Network))
}

func TestHostilePyTorchFiles(t *testing.T) {
	good := tensor(2, 0, []int64{1, 2}, []int64{2, 1})
	withWeight := func(w string) []byte { return pt(t, pk(sequential(linear(w)))) }
	// A tree of 2^60 modules in a few bytes: each level holds the one below twice.
	tree := sequential()
	doubling := tree + "q\x00"
	for range 60 {
		doubling = mod("container", "Sequential", uni("_modules"), "}("+uni("a"), doubling, uni("b"), "h\x00", "u") + "q\x00"
	}
	wide := mod("container", "Sequential", uni("_modules"), "}(", strings.Repeat(uni("x")+"N", 700), "u")
	deep := strings.Repeat(global("torch.nn.modules.container", "Sequential")+")\x81}"+uni("_modules")+"}"+uni("0"), 90) +
		sequential() + strings.Repeat("ssb", 90)
	list := "](" + strings.Repeat("](K\x01K\x02e", 700) + "eq\x00"
	var noPickle bytes.Buffer
	require.NoError(t, zip.NewWriter(&noPickle).Close())
	tests := map[string][]byte{
		"empty file":              {},
		"three bytes":             []byte("PK\x03"),
		"zip magic only":          []byte("PK\x03\x04"),
		"no data.pkl":             noPickle.Bytes(),
		"empty pickle":            pt(t, ""),
		"pickle without end":      pt(t, "\x80\x02}"),
		"stack underflow":         pt(t, "\x80\x020."),
		"protocol 9":              pt(t, "\x80\x09N."),
		"string of 2^63":          pt(t, "\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f."),
		"string of 4 GB":          pt(t, "\x80\x02X\xff\xff\xff\xffa."),
		"integer of 2 GB":         pt(t, "\x80\x02\x8b\xff\xff\xff\x7f."),
		"unknown opcode":          pt(t, "\x80\x02\xfe."),
		"memo never put":          pt(t, "\x80\x02j\xff\xff\xff\xff."),
		"no mark":                 pt(t, "\x80\x02t."),
		"unhashable key":          pt(t, pk("}]Ns")),
		"calls os.system":         pt(t, pk(global("os", "system"), "(", uni("true"), "tR")),
		"calls eval":              pt(t, pk(global("__builtin__", "eval"), "(", uni("1"), "tR")),
		"calls a layer":           pt(t, pk(global("torch.nn.modules.linear", "Linear"), "(K\x01K\x01tR")),
		"getattr":                 pt(t, pk(global("builtins", "getattr"), "(NNtR")),
		"stack global":            pt(t, "\x80\x04\x8c\x05posix\x8c\x06system\x93)R."),
		"Python 2 instance":       pt(t, "(ios\nsystem\n."),
		"extension code":          pt(t, "\x80\x02\x82\x01."),
		"memo copied over":        pt(t, pk(list, strings.Repeat(global("collections", "OrderedDict")+"(h\x00tR0", 150))),
		"dictionaries only":       pt(t, pk(strings.Repeat("}", 9000))),
		"module holds itself":     pt(t, pk(global("torch.nn.modules.container", "Sequential"), ")\x81q\x00}(", uni("_modules"), "}(", uni("0"), "h\x00", "uub")),
		"2^60 modules":            pt(t, pk(doubling)),
		"nested 90 deep":          pt(t, pk(deep)),
		"many names for None":     pt(t, pk(wide)),
		"empty Sequential":        pt(t, pk(sequential(good))),
		"not a module":            pt(t, pk("]")),
		"module without state":    pt(t, pk(global("torch.nn.modules.linear", "Linear"), ")\x81")),
		"state twice":             pt(t, pk(global("torch.nn.modules.linear", "Linear"), ")\x81}b}b")),
		"weight is no tensor":     withWeight("K\x01"),
		"weight missing":          withWeight("N"),
		"storage of 2^40":         withWeight(tensor(1<<40, 0, []int64{1 << 20, 1 << 20}, []int64{1 << 20, 1})),
		"storage of 2^62":         withWeight(tensor(1<<62, 0, []int64{1, 2}, []int64{2, 1})),
		"negative storage":        withWeight(tensor(-2, 0, []int64{1, 2}, []int64{2, 1})),
		"shape of 2^40, stride 0": withWeight(tensor(2, 0, []int64{1 << 20, 1 << 20}, []int64{0, 0})),
		"shape product overflow":  withWeight(tensor(2, 0, []int64{1 << 32, 1 << 32}, []int64{0, 0})),
		"negative shape":          withWeight(tensor(2, 0, []int64{-1, 2}, []int64{2, 1})),
		"negative stride":         withWeight(tensor(2, 1, []int64{1, 2}, []int64{2, -1})),
		"stride outside":          withWeight(tensor(2, 0, []int64{1, 2}, []int64{2, 2})),
		"stride overflow":         withWeight(tensor(2, 0, []int64{3, 2}, []int64{1 << 62, 1})),
		"offset outside":          withWeight(tensor(2, 1, []int64{1, 2}, []int64{2, 1})),
		"offset of 2^62":          withWeight(tensor(2, 1<<62, []int64{1, 2}, []int64{2, 1})),
		"negative offset":         withWeight(tensor(2, -1, []int64{1, 2}, []int64{2, 1})),
		"nine dimensions":         withWeight(tensor(2, 0, make([]int64, 9), make([]int64, 9))),
		"shape without strides":   withWeight(tensor(2, 0, []int64{1, 2}, []int64{1})),
		"more declared than held": withWeight(tensor(3, 0, []int64{1, 2}, []int64{2, 1})),
		"storage missing":         pt(t, pk(sequential(linear(good))), func(*zip.Writer) {}),
		"storage of another size": pt(t, pk(sequential(linear(good))), func(w *zip.Writer) { stored(t, w, "m/data/0", make([]byte, 12)) }),
		"storage twice": pt(t, pk(sequential(linear(good))), func(w *zip.Writer) {
			stored(t, w, "m/data/0", make([]byte, 8))
			stored(t, w, "m/data/0", make([]byte, 8))
		}),
		"zip bomb": pt(t, pk(sequential(linear(tensor(1<<28, 0, []int64{1, 2}, []int64{2, 1})))), func(w *zip.Writer) {
			f, err := w.Create("m/data/0") // deflated
			require.NoError(t, err)
			_, err = f.Write(make([]byte, 4<<20))
			require.NoError(t, err)
		}),
		"big-endian":              pt(t, pk(sequential(linear(good))), func(w *zip.Writer) { stored(t, w, "m/byteorder", []byte("big")) }),
		"two models":              pt(t, pk("N"), func(w *zip.Writer) { stored(t, w, "n/data.pkl", []byte("N.")) }),
		"huge layer":              pt(t, pk(sequential(mod("linear", "Linear", uni("in_features"), long8(1<<50), uni("out_features"), long8(1<<50))))),
		"layer without arguments": pt(t, pk(sequential(mod("linear", "Linear")))),
	}
	for name, b := range tests {
		t.Run(name, func(t *testing.T) {
			require.Less(t, len(b), 20<<10, "hostile files are small")
			refusedCheaply(t, func() error {
				_, err := LoadPyTorch(bytes.NewReader(b), int64(len(b)), PyTorchOptions{})
				return err
			})
		})
	}
}

// refusedCheaply requires an error within one second of computing and 64 MB. Only what
// is slow three times fails.
func refusedCheaply(t testing.TB, f func() error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := cputime.Used()
	err := f()
	took := cputime.Used() - start
	runtime.ReadMemStats(&after)
	require.Error(t, err)
	require.Less(t, len(err.Error()), 2000, "the message is short, too")
	for range 2 {
		if start = cputime.Used(); took >= second && f() != nil {
			took = min(took, cputime.Used()-start)
		}
	}
	require.Less(t, took, second)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20))
}

// TestFlippedBitsInAModel: the zip's checksums catch what changes weights.
func TestFlippedBitsInAModel(t *testing.T) {
	b, err := os.ReadFile(fixture("nested.pt"))
	require.NoError(t, err)
	want, err := LoadPyTorch(bytes.NewReader(b), int64(len(b)), PyTorchOptions{})
	require.NoError(t, err)
	for i := 0; i < len(b); i += 7 {
		flipped := bytes.Clone(b)
		flipped[i] ^= 0x10
		got, err := LoadPyTorch(bytes.NewReader(flipped), int64(len(b)), PyTorchOptions{})
		if err == nil {
			require.Equal(t, want, got, "bit flipped at byte %d", i)
		}
	}
}

// FuzzLoadPyTorch: whatever is accepted is a valid network that needs at most a
// few times the file's size in memory.
func FuzzLoadPyTorch(f *testing.F) {
	names, err := filepath.Glob("testdata/*.pt")
	require.NoError(f, err)
	for _, name := range names {
		if b, err := os.ReadFile(name); err == nil && len(b) < 10<<10 {
			f.Add(b)
		}
	}
	f.Add(pt(f, pk(sequential(linear(tensor(2, 0, []int64{1, 2}, []int64{2, 1}))))))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := LoadPyTorch(bytes.NewReader(b), int64(len(b)), PyTorchOptions{InOrder: []string{"Net"}})
		if err != nil {
			return
		}
		require.NoError(t, m.Check())
		require.Len(t, m.Names, len(m.Layers))
		require.NoError(t, checkLayers(m.Layers))
		values := 0
		for _, w := range m.Weights {
			values += len(w.Data)
		}
		require.LessOrEqual(t, values, 2*len(b)+1<<18)
	})
}

// FuzzPickle fuzzes the pickle machine without the zip around it: the input is
// data.pkl itself.
func FuzzPickle(f *testing.F) {
	f.Add([]byte(pk(sequential(linear(tensor(2, 0, []int64{1, 2}, []int64{2, 1}))))))
	for _, s := range []string{"(lp0\nI1\na.", "\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00]\x94.", "(dS'a'\nF1.5\ns."} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file := pt(t, string(b))
		m, err := LoadPyTorch(bytes.NewReader(file), int64(len(file)), PyTorchOptions{})
		if err == nil {
			require.NoError(t, m.Check())
		}
	})
}
