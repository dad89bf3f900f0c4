package rpcapi

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The documentation of package localnet lists the methods that there are.
func TestMethodsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../doc.go")
	require.NoError(t, err)
	_, list, _ := strings.Cut(string(doc), "HTTP (POST, also batches): ")
	list, _, _ = strings.Cut(list, ".")
	documented := regexp.MustCompile(`\w+`).FindAllString(list, -1)
	require.Equal(t, slices.Sorted(maps.Keys(New(Config{}).Methods())), documented)
}
