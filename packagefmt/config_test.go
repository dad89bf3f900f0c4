package packagefmt

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

func TestParseConfigRefuses(t *testing.T) {
	layer := `{"type":"ReLU","params":{}}`
	for name, text := range map[string]string{
		"empty":              ``,
		"null":               `null`,
		"a list":             `[]`,
		"no layers":          `{}`,
		"empty list":         `{"layers":[]}`,
		"layers a string":    `{"layers":"x"}`,
		"layer without type": `{"layers":[{"params":{}}]}`,
		"twice":              `{"layers":[` + layer + `],"layers":[]}`,
		"twice, other case":  `{"layers":[` + layer + `],"Layers":[]}`,
		"other case":         `{"Layers":[` + layer + `]}`,
		"other case, nested": `{"layers":[{"type":"ReLU","Params":{}}]}`,
		"a long s":           `{"layerſ":[` + layer + `]}`,
		"escaped long s":     `{"layers":[` + layer + `],"layer\u017f":[]}`,
		"an empty type":      `{"layers":[` + layer + `],"type":""}`,
		"a type of 5":        `{"layers":[` + layer + `],"type":5}`,
		"twice in params":    `{"layers":[{"type":"ReLU","params":{"a":1,"a":2}}]}`,
		"layers and head":    `{"layers":[` + layer + `],"head":{"layers":[` + layer + `]}}`,
		"object for a param": `{"layers":[{"type":"ReLU","params":{"a":{"b":1}}}]}`,
		"deep param":         `{"layers":[{"type":"ReLU","params":{"a":[[[[1]]]]}}]}`,
		"long param":         `{"layers":[{"type":"ReLU","params":{"a":[` + strings.Repeat("1,", 16) + `1]}}]}`,
		"number too large":   `{"layers":[{"type":"ReLU","params":{"a":1e999}}]}`,
		"deep":               strings.Repeat(`{"a":`, 50) + `1` + strings.Repeat(`}`, 50),
		"very deep":          strings.Repeat(`[`, 100000),
		"bytes after":        `{"layers":[` + layer + `]}x`,
		"not UTF-8":          "{\"layers\":[" + layer + "],\"x\":\"\xff\"}",
		"negative samples":   `{"layers":[` + layer + `],"metadata":{"num_samples":-1}}`,
		"version -1":         `{"version":-1,"layers":[` + layer + `]}`,
		"4,097 layers":       `{"layers":[` + strings.Repeat(layer+",", 4096) + layer + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			refusedCheaply(t, func() error {
				_, err := ParseConfig([]byte(text))
				return err
			})
		})
	}
}

// Every key is compared as it is written, at any depth: json.Unmarshal ignores case.
func TestKeysOfAnotherCase(t *testing.T) {
	var check func(typ reflect.Type)
	check = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice:
			check(typ.Elem())
		case reflect.Struct:
			for field := range typ.Fields() {
				name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
				require.Contains(t, formatKeys, name)
				require.Error(t, checkKey(strings.ToUpper(name)))
				require.NoError(t, checkKey(name))
				check(field.Type)
			}
		}
	}
	check(reflect.TypeFor[configJSON]())
	require.NoError(t, checkKey("Author"), "a key of nobody's")
}

func TestACutOffConfigSaysSo(t *testing.T) {
	for _, text := range []string{"", " ", "{", `{"layers":[`, `{"layers":[{"type":"ReL`} {
		_, err := ParseConfig([]byte(text))
		require.ErrorContains(t, err, "empty or cut off", text)
	}
}

func TestNullCountsAsAbsent(t *testing.T) {
	got, err := ParseConfig([]byte(`{"layers":[{"type":"ReLU"}],"type":null,"version":null,"head":null,"metadata":null,"seed":null,"files":null}`))
	require.NoError(t, err)
	require.Equal(t, Config{Version: 1, Layers: []Layer{{Type: "ReLU"}}}, got)
}

func TestConfigSurvivesItsFile(t *testing.T) {
	p, _, _ := buildMNIST(t)
	m, err := p.files()
	require.NoError(t, err)
	c, err := ParseConfig(m[ConfigFile])
	require.NoError(t, err)
	require.Equal(t, p.Config.Preprocessing, c.Preprocessing)
	require.Equal(t, &Split{Strategy: SplitRatio, Ratio: 0.15, FirstLayer: 3}, c.Split)
	require.Equal(t, uint64(7), c.Seed)
	require.Contains(t, string(m[ConfigFile]), `"params": {}`, "ReLU's arguments are an object, not null")
}

// FuzzConfig: whatever is accepted survives being written and read again, and
// making a network from it gives a network or an error.
func FuzzConfig(f *testing.F) {
	for _, name := range []string{"kit-creator/config.json", "kit-trainer/config.json"} {
		b, err := os.ReadFile(fixture(name))
		require.NoError(f, err)
		f.Add(b)
	}
	f.Add([]byte(`{"version":2,"layers":[{"type":"Linear","params":{"in_features":1e300,"out_features":-1,"bias":[1,[2]]}}],"seed":18446744073709551615}`))
	f.Add(withTask(f, "metric", `"loss"`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseConfig(b)
		if err != nil {
			return
		}
		text, err := json.Marshal(c)
		require.NoError(t, err)
		back, err := ParseConfig(text)
		require.NoError(t, err)
		again, err := json.Marshal(back)
		require.NoError(t, err)
		require.Equal(t, text, again)
		weights, err := renumber(c.Layers, map[string]safetensors.Tensor{})
		if err == nil {
			_ = Network{Layers: c.Layers, Weights: weights}.Check()
		}
	})
}
