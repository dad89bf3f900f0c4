// Command gentabular builds the built-in tables from scikit-learn's copies:
//
//	apt-get download python3-sklearn && dpkg-deb -x python3-sklearn_*.deb sk
//	go run ./internal/gentabular sk/usr/lib/python3/dist-packages/sklearn/datasets/data   # in the folder dataset
//
// It keeps the rows and their order but drops the first line (a count and the
// class names). The test split is a list of indices: a fifth of each class,
// drawn with a fixed seed, without rows that occur twice.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
)

const seed = 2026

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: gentabular .../sklearn/datasets/data")
	}
	for source, name := range map[string]string{
		"iris.csv": "iris", "wine_data.csv": "wine", "breast_cancer.csv": "breast-cancer",
	} {
		if err := convert(filepath.Join(os.Args[1], source), name); err != nil {
			log.Fatal(err)
		}
	}
}

func convert(source, name string) error {
	b, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(string(b), "\r", "")
	_, text, _ = strings.Cut(strings.TrimSpace(text), "\n")
	rows := strings.Split(text, "\n")
	var packed bytes.Buffer
	zw, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zw.Write([]byte(text + "\n")); err != nil {
		return err
	}
	if err := zw.Close(); err != nil {
		return err
	}
	if err := os.WriteFile("data/"+name+".csv.gz", packed.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile("data/"+name+"-test.txt", []byte(testSplit(rows)), 0o644)
}

// testSplit draws a fifth of each class.
func testSplit(rows []string) string {
	class := func(row string) string { return row[strings.LastIndexByte(row, ',')+1:] }
	quota, times := map[string]int{}, map[string]int{}
	for _, row := range rows {
		quota[class(row)]++
		times[row]++
	}
	for c, n := range quota {
		quota[c] = n / 5
	}
	var out strings.Builder
	for _, i := range dataset.Permutation(len(rows), seed) {
		if c := class(rows[i]); quota[c] > 0 && times[rows[i]] == 1 {
			quota[c]--
			fmt.Fprintln(&out, i)
		}
	}
	return out.String()
}
