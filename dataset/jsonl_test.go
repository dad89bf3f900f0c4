package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset/internal/jsontext"
)

func TestJSONLThatIsRefused(t *testing.T) {
	good := `{"x":[1,2],"y":0}` + "\n"
	for name, test := range map[string]struct {
		line string
		opts Options
		says string
	}{
		"no JSON":         {`{"x":[1,2],"y":0`, Options{}, "line 2: dataset: malformed data: no JSON at byte 17"},
		"after the end":   {`{"x":[1,2],"y":0}}`, Options{}, "byte 18"},
		"features twice":  {`{"x":[1,2],"x":[1,2],"y":0}`, Options{}, `field "x" occurs twice`},
		"label twice":     {`{"y":0,"x":[1,2],"y":1}`, Options{}, `field "y" occurs twice`},
		"escaped twice":   {`{"y":0,"x":[1,2],"\u0079":1}`, Options{}, `field "y" occurs twice`},
		"no features":     {`{"z":[1,2],"y":0}`, Options{}, `no field "x"; there are "y", "z"`},
		"fewer values":    {`{"x":[1],"y":0}`, Options{}, "1 values, 2 before"},
		"no number":       {`{"x":[1,"a"],"y":0}`, Options{}, `field "x": "\"a\"" is not a finite number`},
		"a list in it":    {`{"x":[1,[2]],"y":0}`, Options{}, `"[2" is not a finite number`},
		"broken UTF-8":    {"{\"x\":[1,2],\"y\":\"\xff\"}", Options{}, "not UTF-8"},
		"half a pair":     {`{"x":[1,2],"y":"\ud83d"}`, Options{Classes: []string{"0", "1"}}, `line 2: field "y": dataset: malformed data: no text: \ud83d is half of a surrogate pair`},
		"half in a name":  {`{"x":[1,2],"y":0,"\ude00":1}`, Options{}, "line 2: dataset: malformed data: the name of a field at byte 18"},
		"a lost letter":   {`{"x":[1,2],"y":"caf\ufffd"}`, Options{}, "U+FFFD"},
		"nested too deep": {`{"z":` + strings.Repeat("[", 1<<20) + `,"x":[1,2],"y":0}`, Options{}, "levels"},
		"same field":      {good, Options{Label: "x"}, "features and label"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadJSONL(strings.NewReader(good+test.line), test.opts)
			require.ErrorContains(t, err, test.says)
			require.ErrorAs(t, err, new(*RowError))
			require.Less(t, len(err.Error()), 300)
		})
	}
	_, err := ReadTextJSONL(strings.NewReader(`{"text":"a","label":0}`+"\n\n"+`{"text":"\ud800","label":0}`), Options{})
	require.ErrorContains(t, err, `line 3: field "text": dataset: malformed data: no text: \ud800`)
	both := `{"text":"a","x":[1],"label":0,"y":1}`
	_, err = ReadTextJSONL(strings.NewReader(both), Options{})
	require.ErrorContains(t, err, `line 1: dataset: malformed data: the label could be field "label" or "y"`)
	_, err = ReadJSONL(strings.NewReader(both), Options{})
	require.ErrorContains(t, err, "say which (Options.Label)")
	m, err := ReadJSONL(strings.NewReader(both), Options{Label: "y"})
	require.NoError(t, err)
	require.Equal(t, 2, m.Classes())
	_, err = ReadTextJSONL(strings.NewReader(`{"text":"a","text":"b","label":0}`), Options{})
	require.ErrorContains(t, err, `field "text" occurs twice`)
	_, err = ReadTextJSONL(strings.NewReader(`{"text":"a","label":0}`), Options{Text: []string{"text", "text"}})
	require.ErrorIs(t, err, ErrFormat)
}

// Memory is that of the values: what is read is not kept, and not copied.
func TestJSONLTakesTheMemoryOfItsValues(t *testing.T) {
	const rows, width = 4000, 500
	line := `{"id":"` + strings.Repeat("é\\n", 100) + `","x":[` + strings.Repeat("0.25,", width-1) + `1],"y":7}` + "\n"
	text := []byte(strings.Repeat(line, rows))
	var m *Memory
	allocated := allocatedBy(func() {
		var err error
		m, err = ReadJSONL(bytes.NewReader(text), Options{})
		require.NoError(t, err)
	})
	require.Equal(t, rows, m.Len())
	require.Less(t, allocated, uint64(2*4*rows*width+4<<20)) // twice, for what the race detector allocates
}

// allocatedBy returns the bytes that f allocates.
func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// asMaps reads lines with encoding/json, into maps of their fields.
func asMaps(text string) (x []float32, width int, labels []string, ok bool) {
	name := ""
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var fields map[string]json.RawMessage
		if json.Unmarshal([]byte(line), &fields) != nil {
			return nil, 0, nil, false
		}
		if name == "" {
			var err error
			if name, err = labelField("", keysOf(fields)); err != nil {
				return nil, 0, nil, false
			}
		}
		var list []json.Number
		if json.Unmarshal(fields["x"], &list) != nil || bytes.IndexByte(fields["x"], '"') >= 0 || width != 0 && len(list) != width || len(list) == 0 {
			return nil, 0, nil, false
		}
		width = len(list)
		for _, number := range list {
			v, err := strconv.ParseFloat(number.String(), 32)
			if err != nil {
				return nil, 0, nil, false
			}
			x = append(x, float32(v))
		}
		var label any
		decoder := json.NewDecoder(bytes.NewReader(fields[name]))
		decoder.UseNumber()
		if decoder.Decode(&label) != nil {
			return nil, 0, nil, false
		}
		switch label := label.(type) {
		case string:
			labels = append(labels, label)
		case json.Number:
			labels = append(labels, label.String())
		default:
			return nil, 0, nil, false
		}
	}
	return x, width, labels, len(labels) > 0
}

func keysOf(fields map[string]json.RawMessage) (keys []string) {
	for k := range fields {
		keys = append(keys, k)
	}
	return keys
}

// What is read is what encoding/json reads, and what it refuses is refused; of
// what it accepts, only fields that occur twice and labels that mean nothing are
// refused, and those in another encoding.
func FuzzJSONL(f *testing.F) {
	for _, s := range []string{
		"{\"x\":[1,2.5],\"y\":1}\n\n{\"y\":0,\"x\":[-3e-2,4],\"id\":{\"a\":[null]}}", `{"label":"a\u0062","x":[1]}` + "\r\n" + ` {"x":[2],"label":"c","x2":[]} `,
		"{\"x\":[1],\"y\":\"\xff\"}", `{"\u0078":[0.1],"y":"\ud83d"}`, `{"x":[1e39],"y":1}`, `{"x":[1],"y":1,"y":2}`, `null`, `{"x":null,"y":1}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ReadJSONL(strings.NewReader(text), Options{})
		x, width, labels, ok := asMaps(strings.TrimPrefix(text, "\xef\xbb\xbf"))
		if !ok {
			require.Error(t, err)
			return
		}
		y, names, labelsErr := classes(labels)
		if err != nil {
			twice := strings.Contains(err.Error(), "occurs twice")
			foreign := jsontext.Check([]byte(text)) != nil && errors.Is(err, jsontext.ErrText)
			require.True(t, twice || foreign || labelsErr != nil || len(text) > maxLine, "%v", err)
			return
		}
		require.NoError(t, labelsErr)
		require.Equal(t, names, m.ClassNames())
		got, gotLabels := values(t, m, width)
		require.Equal(t, x, got)
		for i, label := range y {
			require.Equal(t, int(label), gotLabels[i])
		}
	})
}

// classes numbers labels as every reader does.
func classes(labels []string) ([]int32, []string, error) {
	var r LabelReader
	var errs error
	for i, label := range labels {
		errs = errors.Join(errs, r.Add([]byte(label), i+1))
	}
	if errs != nil {
		return nil, nil, errs
	}
	return r.Finish()
}
