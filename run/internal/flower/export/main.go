// Command export writes what the comparison with Flower trains on: the members' shares
// of the built-in digits as the run app divides them, and the test set, as IDX files.
//
//	go run ./run/internal/flower/export DIR
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/decloud-sdk/decloud-go/dataset"
)

const members = 6

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: export DIR")
	}
	if err := export(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func export(dir string) error {
	digits, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		return err
	}
	shares, err := dataset.Shares(digits.Train, members, 1)
	if err != nil {
		return err
	}
	for i, s := range append(shares, digits.Test) {
		name := fmt.Sprint("share-", i)
		if i == members {
			name = "test"
		}
		described, ok := s.(dataset.Described)
		if !ok {
			return fmt.Errorf("%s: a data set without a description", name)
		}
		if err := dataset.SaveIDX(filepath.Join(dir, name), described); err != nil {
			return err
		}
	}
	return nil
}
