package app

import (
	"flag"

	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
)

// ReportFlag declares --report, which names the file of a report about something.
func ReportFlag(fs *flag.FlagSet, about string) *string {
	path := new(string)
	fs.Func("report", "write "+about+" to this .html or .svg `file`", func(text string) error {
		*path = text
		return chart.CheckPath(text)
	})
	return path
}
