package lora

import (
	"bytes"
	"math"
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// files are those that PEFT saved, to be changed.
func files(t testing.TB, dir string) (config []byte, tensors map[string]safetensors.Tensor) {
	t.Helper()
	config, err := os.ReadFile("testdata/" + dir + "/" + ConfigFile)
	require.NoError(t, err)
	b, err := os.ReadFile("testdata/" + dir + "/" + WeightsFile)
	require.NoError(t, err)
	tensors, err = safetensors.Read(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	return config, tensors
}

// raw writes tensors that safetensors.Write would refuse.
func raw(t testing.TB, tensors map[string]safetensors.Tensor) []byte {
	t.Helper()
	var b bytes.Buffer
	bad := map[string][]int{}
	for name, x := range tensors {
		for i, v := range x.Data {
			if v != v {
				bad[name] = append(bad[name], i)
				x.Data[i] = 12345.678
			}
		}
	}
	require.NoError(t, safetensors.Write(&b, tensors))
	out := b.Bytes()
	if len(bad) > 0 {
		out = bytes.ReplaceAll(out, le(12345.678), le(float32(math.NaN())))
	}
	return out
}

func le(v float32) []byte {
	b := math.Float32bits(v)
	return []byte{byte(b), byte(b >> 8), byte(b >> 16), byte(b >> 24)}
}

func TestHostileFilesAreRefused(t *testing.T) {
	const one = "base_model.model.0.lora_A.weight"
	for name, c := range map[string]struct {
		config func(b []byte) []byte
		change func(m map[string]safetensors.Tensor)
		kind   error
		want   string
	}{
		"another method":        {config: replace(`"LORA"`, `"LOHA"`), kind: ErrUnsupported, want: "LOHA"},
		"no method":             {config: func([]byte) []byte { return []byte("{}") }, kind: ErrUnsupported, want: "peft_type"},
		"no JSON":               {config: func(b []byte) []byte { return b[:20] }, kind: ErrInvalid, want: ConfigFile},
		"dora":                  {config: replace(`"use_dora": false`, `"use_dora": true`), kind: ErrUnsupported, want: "use_dora"},
		"biases":                {config: replace(`"bias": "none"`, `"bias": "all"`), kind: ErrUnsupported, want: "bias all"},
		"modules beside":        {config: replace(`"modules_to_save": null`, `"modules_to_save": ["2"]`), kind: ErrUnsupported, want: "modules_to_save"},
		"pissa":                 {config: replace(`"init_lora_weights": true`, `"init_lora_weights": "pissa_niter_4"`), kind: ErrUnsupported, want: "path_initial_model_for_weight_conversion"},
		"olora":                 {config: replace(`"init_lora_weights": true`, `"init_lora_weights": "olora"`), kind: ErrUnsupported, want: "olora"},
		"a later option":        {config: replace(`"use_dora": false`, `"use_dora": false, "use_qalora": true`), kind: ErrUnsupported, want: "use_qalora"},
		"a later option's list": {config: replace(`"use_dora": false`, `"use_dora": false, "alora_invocation_tokens": [3, 4]`), kind: ErrUnsupported, want: "alora_invocation_tokens"},
		"a later object":        {config: replace(`"use_dora": false`, `"use_dora": false, "arrow_config": {"top_k": 2}`), kind: ErrUnsupported, want: "arrow_config"},
		"a rank beyond all":     {config: replace(`"r": 3`, `"r": 1000000000`), kind: ErrConfig, want: "rank 1000000000"},
		"a rank below all":      {config: replace(`"r": 3`, `"r": -3`), kind: ErrConfig, want: "rank -3"},
		"another rank":          {config: replace(`"r": 3`, `"r": 2`), kind: ErrInvalid, want: "for rank 2"},
		"alpha of 0":            {config: replace(`"lora_alpha": 16`, `"lora_alpha": 0`), kind: ErrConfig, want: "alpha 0"},
		"alpha beyond all":      {config: replace(`"lora_alpha": 16`, `"lora_alpha": 1e300`), kind: ErrConfig, want: "alpha 1e+300"},
		"dropout beyond 1":      {config: replace(`"lora_dropout": 0.0`, `"lora_dropout": 7`), kind: ErrConfig, want: "dropout 7"},
		"a pattern that bursts": {config: replace(`"rank_pattern": {}`, `"rank_pattern": {"(((x{1000}){1000}){1000})": 1}`), kind: ErrConfig, want: "rank_pattern"},
		"NaN":                   {change: func(m map[string]safetensors.Tensor) { m[one].Data[3] = float32(math.NaN()) }, kind: ErrInvalid, want: "not finite"},
		"a layer too many": {change: func(m map[string]safetensors.Tensor) {
			m["base_model.model.7.lora_A.weight"] = m[one]
		}, kind: ErrConfig, want: `"7" names no matrix`},
		"half of one": {change: func(m map[string]safetensors.Tensor) { delete(m, one) }, kind: ErrInvalid, want: "0.lora_A.weight is missing"},
		"an embedding's": {change: func(m map[string]safetensors.Tensor) {
			m["base_model.model.0.lora_embedding_A"] = m[one]
		}, kind: ErrInvalid, want: "no place for 0.lora_embedding_A"},
		"a name without prefix": {change: func(m map[string]safetensors.Tensor) { m["0.lora_A.weight"] = m[one] }, kind: ErrInvalid, want: "none of an adapter's"},
		"a weight of the model": {change: func(m map[string]safetensors.Tensor) { m["base_model.model.0.weight"] = m[one] }, kind: ErrInvalid, want: "none of an adapter's"},
		"another shape": {change: func(m map[string]safetensors.Tensor) {
			m[one] = safetensors.Tensor{Shape: []int{9, 3}, Data: m[one].Data}
		}, kind: ErrInvalid, want: "want [3 9]"},
		"nothing": {change: func(m map[string]safetensors.Tensor) { clear(m) }, kind: ErrInvalid, want: "holds no tensors"},
		"more than the model can use": {change: func(m map[string]safetensors.Tensor) {
			m["base_model.model.x.lora_A.weight"] = safetensors.Tensor{Shape: []int{1 << 19}, Data: make([]float32, 1<<19)}
		}, kind: ErrInvalid, want: "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			config, tensors := files(t, "linear")
			if c.config != nil {
				config = c.config(config)
			}
			if c.change != nil {
				c.change(tensors)
			}
			dir := fstest.MapFS{ConfigFile: {Data: config}, WeightsFile: {Data: raw(t, tensors)}}
			_, err := Read(dir, readCase(t, "linear fresh").model())
			require.ErrorIs(t, err, c.kind)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := Read(fstest.MapFS{}, readCase(t, "linear fresh").model())
	require.ErrorIs(t, err, ErrInvalid)
	require.ErrorContains(t, err, "save_pretrained")
}

// What is off, and what says nothing about the computation, does no harm.
func TestOptionsThatChangeNothing(t *testing.T) {
	for _, set := range []string{
		`"init_lora_weights": "gaussian"`, `"init_lora_weights": "EVA", "eva_config": {"rho": 2.0}`, `"init_lora_weights": false`,
		`"init_lora_weights": true, "peft_version": "0.18.0", "qalora_group_size": 16, "use_qalora": false, "arrow_config": null, "alora_invocation_tokens": []`,
		`"init_lora_weights": true, "auto_mapping": {"base_model_class": "Sequential"}, "exclude_modules": ["1"], "layers_to_transform": [0]`,
	} {
		config, tensors := files(t, "linear")
		config = replace(`"init_lora_weights": true`, set)(config)
		_, err := Read(fstest.MapFS{ConfigFile: {Data: config}, WeightsFile: {Data: raw(t, tensors)}}, readCase(t, "linear fresh").model())
		require.NoError(t, err, set)
	}
}

func replace(old, fresh string) func(b []byte) []byte {
	return func(b []byte) []byte {
		out := bytes.Replace(b, []byte(old), []byte(fresh), 1)
		if bytes.Equal(out, b) {
			panic("nothing to replace: " + old)
		}
		return out
	}
}

// What is read survives writing: it is read again as the same.
func FuzzRead(f *testing.F) {
	config, tensors := files(f, "linear")
	f.Add(config, raw(f, tensors))
	f.Add([]byte(`{"peft_type": "LORA", "r": 3}`), raw(f, tensors))
	m := readCase(f, "linear fresh").model()
	f.Fuzz(func(t *testing.T, config, weights []byte) {
		a, err := Read(fstest.MapFS{ConfigFile: {Data: config}, WeightsFile: {Data: weights}}, m)
		if err != nil {
			return
		}
		written, err := a.FS()
		require.NoError(t, err)
		again, err := Read(written, m)
		require.NoError(t, err)
		require.Equal(t, a.Weights, again.Weights)
		_, err = a.Merge(m)
		require.NoError(t, err)
	})
}
