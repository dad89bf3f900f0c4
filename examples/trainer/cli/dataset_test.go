package cli

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// A table as UCI names its classes: refused with line and column until the user
// says what they mean; then all of it is read, what was found is shown, and the
// flags are kept.
func TestDatasetSetReadsAllOfIt(t *testing.T) {
	p := apptest.Settled(t, App(), localnet.New(t), t.TempDir())
	path := filepath.Join(t.TempDir(), "flowers.csv")
	table := "sl;sw;pl;pw;kind\n5,1;3,5;1,4;0,2;Iris-setosa\n6,1;3,0;4,4;1,2;Iris-versicolor\n5,1;3,5;1,4;0,2;Iris-setosa\n"
	require.NoError(t, os.WriteFile(path, []byte(table), 0o600))
	p.Fails(1, `line 2: column "kind": not one of the classes: label "Iris-setosa"`, "dataset", "set", "iris", path)

	var v app.SurveyView
	flags := []string{"--label", "kind", "--rename", "Iris-setosa=setosa,Iris-versicolor=versicolor"}
	p.JSON(&v, append([]string{"dataset", "set", "iris", path}, flags...)...)
	require.Equal(t, []app.ClassView{{Name: "setosa", Samples: 2}, {Name: "versicolor", Samples: 1}, {Name: "virginica"}}, v.Counts)
	require.Equal(t, [2]float32{0.2, 6.1}, v.Range)
	require.Equal(t, 1, v.Duplicates)
	require.NotNil(t, v.Shared)
	require.Equal(t, 2, *v.Shared, "one file serves as both parts")
	require.Contains(t, v.Notes, "numbers have a decimal comma")

	listed := p.Type("", "dataset", "list")
	require.Contains(t, listed.Out, path)
	require.NotContains(t, listed.Err, "does not know")
	settings, err := os.ReadFile(filepath.Join(p.Home, ".decloud-trainer", "config.json"))
	require.NoError(t, err)
	require.Contains(t, string(settings), `"Iris-setosa": "setosa"`)

	p.Fails(1, "the 10 classes are", "dataset", "set", "iris", path, "--label", "kind", "--rename", flags[3], "--package", mnistPackage(t))
	p.Must("dataset", "remove", "iris")
	settings, err = os.ReadFile(filepath.Join(p.Home, ".decloud-trainer", "config.json"))
	require.NoError(t, err)
	require.NotContains(t, string(settings), "Iris-setosa")
}

// What a file does not say is asked for by the name of the flag that says it.
func TestDatasetSetNamesFlags(t *testing.T) {
	p := apptest.Settled(t, App(), localnet.New(t), t.TempDir())
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for _, c := range []struct{ says, id, path string }{
		{"--missing can drop or impute it", "iris", file("a.csv", "a,b,y\n1,,setosa\n2,3,virginica\n")},
		{"(--header)", "iris", file("a.csv", "red,setosa\nblue,virginica\n")},
		{"--text", "imdb", file("a.csv", "title,body,label\na b,c d,0\ne f,g h,1\n")},
		{`no field "x"; there are "a", "species"`, "iris", file("a.jsonl", `{"a":1,"species":"setosa"}`)},
		{"to_csv", "iris", file("a.parquet", "PAR1")},
		{"save the sheet as CSV", "iris", file("a.xlsx", "PK")},
	} {
		p.Fails(1, c.says, "dataset", "set", c.id, c.path)
	}
	p.Fails(2, "a path is needed", "dataset", "set", "iris", "")

	var v app.SurveyView
	texts := file("b.csv", "title,body,label\na b,c d,0\ne f,g h,1\n")
	p.JSON(&v, "dataset", "set", "imdb", texts, "--text", "title,body")
	require.Equal(t, 2, v.Samples)
	table := file("b.csv", "Id,w,h,species\n1,5,3,setosa\n2,4,2,virginica\n")
	p.JSON(&v, "dataset", "set", "iris", table, "--columns", "h,w")
	require.Equal(t, []int{2}, v.Shape)
	require.Contains(t, v.Notes, "samples are 2, and those of Iris are usually 4: only a package made of such data takes them")

	// the package's classes count where the user names none
	pixels := strings.Repeat("0,", 784)
	p.JSON(&v, "dataset", "set", "emnist", file("c.csv", pixels+"3\n1"+pixels+"7\n"), "--package", mnistPackage(t))
	require.Equal(t, 10, v.Classes)
	require.Equal(t, app.ClassView{Name: "7", Samples: 1}, v.Counts[7])
}

// What was installed by name is listed, though no setting says where it is.
func TestDatasetListShowsWhatIsInstalled(t *testing.T) {
	p := apptest.Settled(t, App(), localnet.New(t), t.TempDir())
	require.NotContains(t, p.Type("", "dataset", "list").Out, "AgNews")
	require.NoError(t, os.MkdirAll(filepath.Join(p.Home, ".decloud-trainer", "datasets", "AgNews"), 0o755))
	require.Regexp(t, `AgNews .* installed`, p.Type("", "dataset", "list").Out)
}

// Pictures that nobody agreed on the size of have that of the package; what goes by a number is listed.
func TestDatasetSetTakesThePackagesSize(t *testing.T) {
	p := apptest.Settled(t, App(), localnet.New(t), t.TempDir())
	dir := t.TempDir()
	for _, class := range []string{"3", "7"} {
		var picture bytes.Buffer
		require.NoError(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 40, 30))))
		require.NoError(t, os.Mkdir(filepath.Join(dir, class), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, class, "a.png"), picture.Bytes(), 0o600))
	}
	p.Fails(1, "say to which they are resized (--resize)", "dataset", "set", "Dataset(200)", dir)
	var v app.SurveyView
	p.JSON(&v, "dataset", "set", "Dataset(200)", dir, "--package", mnistPackage(t))
	require.Equal(t, []int{3, 28, 28}, v.Shape)
	require.Contains(t, v.Notes, "the test part has the same samples: no name of a file or folder here tells the parts apart")
	require.Contains(t, p.Type("", "dataset", "list").Out, dir)
	require.Contains(t, p.Type("", "dataset", "available").Out, dir)
}

// A package says which columns of a table are features, what names occur in them,
// and in which order they are taken: with it, nothing is left to say.
func TestDatasetSetTakesThePackagesColumns(t *testing.T) {
	p := apptest.Settled(t, App(), localnet.New(t), t.TempDir())
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	creators := file("creator.csv", "age,sex,fate\n1,f,died\n2,m,survived\n")
	pkg := tablePackage(t, creators, dataset.Options{Label: "fate", Categorical: []string{"sex"}})

	var v app.SurveyView
	mine := file("mine.csv", "id,who,fate,sex,age\n7,\"Ann, B\",Survived,F,40\n8,Bob,survived,f,50\n")
	p.Fails(1, `"Ann, B" is not a finite number`, "dataset", "set", "Titanic", mine, "--label", "fate")
	p.JSON(&v, "dataset", "set", "Titanic", mine, "--label", "fate", "--package", pkg)
	require.Equal(t, []int{3}, v.Shape)
	require.Equal(t, []app.ClassView{{Name: "died"}, {Name: "survived", Samples: 2}}, v.Counts)
	settings, err := os.ReadFile(filepath.Join(p.Home, ".decloud-trainer", "config.json"))
	require.NoError(t, err)
	require.Contains(t, string(settings), `"columns"`)

	for says, table := range map[string]string{
		`"x"; the 2 values are "f", "m"`:                          "age,sex,fate\n1,x,died\n",
		`no such column "age" to take as a feature`:               "years,sex,fate\n1,f,died\n",
		`label "lived"; the 2 classes are "died", "survived"`:     "age,sex,fate\n1,f,lived\n",
		`columns 0 and 1 are both named "age", and features`:      "age,age,sex,fate\n1,2,f,died\n",
		`the value is missing (""); --missing can drop or impute`: "age,sex,fate\n,f,died\n",
	} {
		p.Fails(1, says, "dataset", "set", "Titanic", file("odd.csv", table), "--label", "fate", "--package", pkg)
	}
	p.JSON(&v, "dataset", "set", "Titanic", file("gap.csv", "age,sex,fate\n4,f,died\n,m,died\n"), "--label", "fate", "--package", pkg, "--missing", "impute")
	require.Equal(t, [2]float32{0, 4}, v.Range)
}

// tablePackage is the directory of a package about three features of a table.
func tablePackage(t *testing.T, path string, opts dataset.Options) string {
	t.Helper()
	table, err := dataset.OpenCSV(path, opts)
	require.NoError(t, err)
	tensor := func(shape ...int) safetensors.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		x := safetensors.Tensor{Shape: shape, Data: make([]float32, n)}
		for i := range x.Data {
			x.Data[i] = float32(i%3) - 0.5
		}
		return x
	}
	linear := func(in, out int) packagefmt.Layer {
		return packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out)}}
	}
	m := packagefmt.Model{Network: packagefmt.Network{
		Layers: []packagefmt.Layer{linear(3, 4), {Type: "ReLU"}, linear(4, 2)},
		Weights: map[string]safetensors.Tensor{
			"layers.0.weight": tensor(4, 3), "layers.0.bias": tensor(4), "layers.2.weight": tensor(2, 4), "layers.2.bias": tensor(2),
		},
	}}
	pkg, _, err := packagefmt.Build(t.Context(), m, table, packagefmt.BuildOptions{Dataset: dataset.Titanic})
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "package")
	require.NoError(t, pkg.Write(dir))
	return dir
}

// mnistPackage is the directory of a package about digits.
func mnistPackage(t *testing.T) string {
	t.Helper()
	m, err := packagefmt.OpenPyTorch(model, packagefmt.PyTorchOptions{})
	require.NoError(t, err)
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	pkg, _, err := packagefmt.Build(t.Context(), m, digits.Test, packagefmt.BuildOptions{Dataset: dataset.Mnist, Limit: 10})
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "package")
	require.NoError(t, pkg.Write(dir))
	return dir
}
