// Command gen makes the files of package base from those of the tests:
//
//	go generate ./examples/contest/demo/base
//
// The weights are packagefmt/testdata/gpt's, as bfloat16. The sentences are dataset/testdata/languages': all in German, and
// some in Polish and Turkish, without those that cannot be cut in two.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"log"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// others are how many sentences there are of each other language.
var others = map[string]int{"polish": 20, "turkish": 20}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: gen <the module's directory>")
	}
	if err := errors.Join(weights(os.Args[1]), sentences(os.Args[1])); err != nil {
		log.Fatal(err)
	}
}

// weights rounds the model's to the upper halves of their bits, to even.
func weights(module string) error {
	b, err := os.ReadFile(filepath.Join(module, "packagefmt/testdata/gpt/model.safetensors"))
	if err != nil {
		return err
	}
	all, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	raw := map[string]safetensors.Raw{}
	for name, w := range all {
		r := safetensors.Raw{Shape: w.Shape, DType: "BF16"}
		for _, v := range w.Data {
			bits := math.Float32bits(v)
			r.Data = binary.LittleEndian.AppendUint16(r.Data, uint16((bits+0x7fff+bits>>16&1)>>16))
		}
		raw[name] = r
	}
	var out bytes.Buffer
	if err := safetensors.WriteRaw(&out, raw); err != nil {
		return err
	}
	return os.WriteFile("gpt.safetensors", out.Bytes(), 0o644)
}

func sentences(module string) error {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	rows, taken := csv.NewWriter(z), map[string]int{}
	for _, part := range []string{"train", "test"} {
		all, err := read(filepath.Join(module, "dataset/testdata/languages", part+".csv.gz"))
		if err != nil {
			return err
		}
		for _, row := range all[1:] {
			sentence, language, to := row[0], row[1], part
			if !strings.Contains(sentence[len(sentence)/3:], " ") {
				continue
			}
			if language != "german" {
				if taken[language] == others[language] {
					continue
				}
				taken[language]++
				to = "other"
			}
			if err := rows.Write([]string{to, sentence}); err != nil {
				return err
			}
		}
	}
	rows.Flush()
	if err := errors.Join(rows.Error(), z.Close()); err != nil {
		return err
	}
	return os.WriteFile("sentences.csv.gz", out.Bytes(), 0o644)
}

func read(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return csv.NewReader(z).ReadAll()
}
