package jsonrow

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset/internal/jsontext"
)

// readAll reads an object: the text of all values, the last one of a name, as
// encoding/json keeps it.
func readAll(text string) (map[string]string, error) {
	values := map[string]string{}
	var row Row
	for row.Reset([]byte(text)); row.Next(); {
		name := string(row.Name())
		values[name] = string(row.Value())
	}
	return values, row.Err()
}

// requireSame compares with encoding/json, what is read and what is passed over.
func requireSame(t *testing.T, text string) {
	t.Helper()
	var want map[string]json.RawMessage
	wantErr := json.Unmarshal([]byte(text), &want)
	got, err := readAll(text)
	if errors.Is(err, jsontext.ErrText) { // the name of a field
		require.Error(t, jsontext.Check([]byte(text)), "%q", text)
		return
	}
	var row Row
	for row.Reset([]byte(text)); row.Next(); {
	}
	require.Equal(t, err == nil, row.Err() == nil, "passed over: %q", text)
	if wantErr != nil || want == nil { // null is no object
		require.Error(t, err, "%q", text)
		return
	}
	require.NoError(t, err, "%q", text)
	require.Len(t, got, len(want))
	for name, value := range want {
		require.Equal(t, string(value), got[name], "%q", text)
		if IsString(value) {
			var s string
			require.NoError(t, json.Unmarshal(value, &s))
			got, err := Text(value)
			if jsontext.Check(value) != nil {
				require.ErrorIs(t, err, jsontext.ErrText, "%q", text)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, s, got)
		}
		requireSameNumbers(t, name, value)
	}
}

// requireSameNumbers compares a list with encoding/json's numbers as strconv reads
// them.
func requireSameNumbers(t *testing.T, name string, value json.RawMessage) {
	t.Helper()
	key, err := json.Marshal(name)
	require.NoError(t, err)
	var row Row
	row.Reset([]byte("{" + string(key) + ":" + string(value) + "}"))
	require.True(t, row.Next())
	got := row.Numbers(nil)
	var list []any
	decoder := json.NewDecoder(strings.NewReader(string(value)))
	decoder.UseNumber()
	ok := decoder.Decode(&list) == nil && len(list) > 0
	var want []float32
	for _, v := range list {
		number, is := v.(json.Number)
		f, err := strconv.ParseFloat(number.String(), 32)
		ok = ok && is && err == nil
		want = append(want, float32(f))
	}
	require.Equal(t, ok, row.Err() == nil, "%q: %v", value, row.Err())
	if ok {
		require.Equal(t, want, got)
	}
}

var cases = []string{
	`{}`, ` { } `, `{"a":1}`, "\t{\"a\" :\r[1 , 2.5,-3e2 ]\n,\"b\":\"c\"} ", `{"a":1,"a":2}`, `{"a":{"b":[{}, [], "x", true, false, null]},"c":-0.5}`,
	`{"x":[1,[2]]}`, `{"x":[]}`, `{"x":["1"]}`, `{"x":[1e39]}`, `{"x":[1,2}`, `{"x":[1 2]}`, `{"x":[01]}`, `{"x":[1.]}`, `{"x":[-]}`, `{"x":[+1]}`, `{"x":[1,]}`, `{"x":[1}`,
	`{"é":"é\u00e9\n\"\\\/\b\f\r\t"}`, `{"\u0078":"\ud83d\ude00","y":"\ud83d","z":"\ude00\ud83d"}`, `{"x":"\u12"}`, `{"x":"\x"}`, `{"x":"\`, `{"x":"`, `{"x`, `{"x"`, `{"x":`, `{"x":1`,
	"{\"x\":\"\xff\"}", "{\"\xff\":1}", "{\"x\":\"\x00\"}", "{\"x\":\"a\tb\"}", "{\"x\":\"\x7f\"}", `{"x":truth}`, `{"x":tru}`, `{"x":nul`, `{"x":NaN}`,
	`{,}`, `{"a":1,}`, `{"a":1,,"b":2}`, `{"a" 1}`, `{"a":1 "b":2}`, `{a:1}`, `{'a':1}`, `{"a":1}}`, `{"a":1} x`, `{"a":1}{"b":2}`, ``, ` `, `null`, `[]`, `1`, `"x"`, `{"a":}`, `{"a":,}`,
	"\xef\xbb\xbf{}", `{"a":{"b"}}`, `{"a":{"b":1,}}`, `{"a":[,]}`, `{"a":{,}}`, `{"":1}`,
}

func TestAsEncodingJSON(t *testing.T) {
	for _, text := range cases {
		requireSame(t, text)
	}
	for _, depth := range []int{MaxDepth - 1, MaxDepth} {
		requireSame(t, `{"a":`+strings.Repeat("[", depth)+strings.Repeat("]", depth)+`}`)
		requireSame(t, strings.Repeat(`{"a":`, depth)+`1`+strings.Repeat("}", depth))
		requireSame(t, strings.Repeat(`{"a":`, depth+1)+`1`+strings.Repeat("}", depth+1))
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for text, says := range map[string]string{
		`{"a":1,"\ud83d":2}`: "the name of a field at byte 8: no text", "{\"\xff\":2}": "not UTF-8",
		`{"a":1 "b":2}`: `byte 8: want a comma or }, found "\"b\":2}"`, `{"a":`: "byte 6: want a value, found the end", `[1]`: "byte 1: want an object", `{"a":1}]`: "byte 8",
	} {
		_, err := readAll(text)
		require.ErrorContains(t, err, says)
	}
	var row Row
	row.Reset([]byte(`{"x":[1,"a"]}`))
	require.True(t, row.Next())
	row.Numbers(nil)
	require.ErrorContains(t, row.Err(), `field "x": "\"a\"" is not a finite number`)
	require.False(t, row.Next(), "after an error")
}

func TestRewind(t *testing.T) {
	var row Row
	row.Reset([]byte(`{"x":[1,2],"y":3}`))
	for range 2 {
		var names []string
		for row.Next() {
			names = append(names, string(row.Name()))
		}
		require.Equal(t, []string{"x", "y"}, names)
		require.False(t, row.Next(), "at the end")
		row.Rewind()
	}
}

func FuzzRow(f *testing.F) {
	for _, text := range cases {
		f.Add(text)
	}
	f.Fuzz(requireSame)
}
