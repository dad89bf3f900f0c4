package dataset

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset/audio"
)

// published has small archives in the form in which the sets are published, made
// by make.py.
const published = "testdata/published"

// installPublished installs the archives of testdata in place of the publisher's:
// with the names, and with what is kept of them, that the table says.
func installPublished(t *testing.T, s *server, name string, files []KnownFile, change func(file string, body []byte) []byte) (string, error) {
	t.Helper()
	for i := range files {
		body, err := os.ReadFile(filepath.Join(published, files[i].Name))
		require.NoError(t, err)
		sum := md5.Sum(body)
		files[i].Source = Source{URL: s.URL + "/" + name + "/" + files[i].Name, MD5: hex.EncodeToString(sum[:]), MaxBytes: files[i].Source.MaxBytes}
		if change != nil {
			body = change(files[i].Name, body)
		}
		s.files["/"+name+"/"+files[i].Name] = content(body)
	}
	return install(context.Background(), name, files, t.TempDir(), InstallOptions{})
}

// What is installed of each set of the table that is not read as its neighbours
// are.
func TestInstallPublished(t *testing.T) {
	for _, test := range []struct {
		id     ID
		part   Part
		files  string // all that is kept
		names  []string
		labels []int
	}{
		{Svhn, Train, "test_32x32.mat train_32x32.mat", numberNames(10), []int{1, 0, 9}},
		{Svhn, Test, "test_32x32.mat train_32x32.mat", numberNames(10), []int{2, 0}},
		{Flowers102, Train, "imagelabels.mat jpg/image_00001.jpg jpg/image_00002.jpg jpg/image_00003.jpg jpg/image_00004.jpg jpg/image_00005.jpg setid.mat", numberNames(102), []int{76, 0}},
		{Flowers102, Test, "", numberNames(102), []int{4, 101}},
		{Eurosat, Train, "AnnualCrop/AnnualCrop_1.jpg AnnualCrop/AnnualCrop_2.jpg Forest/Forest_1.jpg Forest/Forest_2.jpg SeaLake/SeaLake_1.jpg SeaLake/SeaLake_2.jpg",
			[]string{"AnnualCrop", "Forest", "SeaLake"}, []int{0, 0, 1, 1, 2, 2}},
		{Food101, Train, "images/apple_pie/100057.jpg images/apple_pie/1005649.jpg images/apple_pie/23893.jpg images/waffles/100057.jpg images/waffles/1005649.jpg images/waffles/23893.jpg " +
			"meta/classes.txt meta/labels.txt meta/test.txt meta/train.txt", []string{"apple_pie", "waffles"}, []int{0, 0, 1, 1}},
		{Food101, Test, "", []string{"apple_pie", "waffles"}, []int{0, 1}},
		{Imdb, Train, "test/neg/0_2.txt test/pos/0_10.txt train/neg/0_3.txt train/pos/0_9.txt train/pos/10_7.txt", []string{"neg", "pos"}, []int{0, 1, 1}},
		{Imdb, Test, "", []string{"neg", "pos"}, []int{0, 1}},
		{SpeechCommands, Train, "go/0132a06d_nohash_1.wav go/01bb6a2a_nohash_0.wav go/0a7c2a8d_nohash_0.wav no/0132a06d_nohash_1.wav no/01bb6a2a_nohash_0.wav no/0a7c2a8d_nohash_0.wav " +
			"testing_list.txt validation_list.txt yes/0132a06d_nohash_1.wav yes/01bb6a2a_nohash_0.wav yes/0a7c2a8d_nohash_0.wav", []string{"go", "no", "yes"}, []int{0, 0, 1, 1, 2}},
		{SpeechCommands, Test, "", []string{"go", "no", "yes"}, []int{0, 2}},
		{Dbpedia, Train, "test.csv train.csv", knownOptions[Dbpedia].Classes, []int{0, 13}},
		{Dbpedia, Test, "", knownOptions[Dbpedia].Classes, []int{1}},
		{YelpReviews, Train, "test.csv train.csv", knownOptions[YelpReviews].Classes, []int{4, 0}},
		{YelpReviews, Test, "", knownOptions[YelpReviews].Classes, []int{2}},
	} {
		t.Run(test.id.String()+" "+string(test.part), func(t *testing.T) {
			files, err := Known(test.id)
			require.NoError(t, err)
			dir, err := installPublished(t, newServer(t), test.id.String(), files, nil)
			require.NoError(t, err)
			if test.files != "" {
				require.Equal(t, test.files, strings.Join(filesIn(t, dir), " "))
			}
			ds, err := Catalog{Dir: filepath.Dir(dir)}.Open(t.Context(), test.id, test.part)
			require.NoError(t, err)
			require.Equal(t, test.names, ClassNames(ds))
			_, err = Look(t.Context(), ds, nil)
			require.NoError(t, err, "all of it can be read")
			var labels []int
			for i := range ds.Len() {
				label, known := labelAt(ds, i)
				require.True(t, known)
				labels = append(labels, label)
			}
			require.Equal(t, test.labels, labels)
		})
	}
}

// filesIn lists the files below a folder.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, err := filepath.Rel(dir, path)
			require.NoError(t, err)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	}))
	return names
}

// Each kind of archive, with the faults that a server or a mirror can have: none
// leaves a folder that looks installed.
func TestInstallPublishedFaults(t *testing.T) {
	for name, change := range map[string]func(file string, body []byte) []byte{
		"cut off":        func(_ string, body []byte) []byte { return body[:len(body)/2] },
		"a byte changed": func(_ string, body []byte) []byte { return append(body[:len(body)-1:len(body)-1], body[len(body)-1]^1) },
		"a web page":     func(string, []byte) []byte { return []byte("<!DOCTYPE html><html>moved</html>") },
		"nothing":        func(string, []byte) []byte { return nil },
	} {
		for _, id := range []ID{Svhn, Flowers102, Eurosat, Food101, Imdb, SpeechCommands, Dbpedia, YelpReviews} {
			files, err := Known(id)
			require.NoError(t, err)
			s := newServer(t)
			dir, err := installPublished(t, s, id.String(), files, change)
			require.ErrorIs(t, err, ErrChecksum, "%s %v", name, id)
			require.Empty(t, dir)
		}
	}
}

// The download of one of several files may fail: what has arrived is kept beside
// the folder, and the next call fetches only what is missing.
func TestInstallGoesOn(t *testing.T) {
	s, dir := newServer(t), t.TempDir()
	var files []KnownFile
	for _, name := range []string{"train_32x32.mat", "test_32x32.mat"} {
		body, err := os.ReadFile(filepath.Join(published, name))
		require.NoError(t, err)
		files = append(files, known(s.URL, name, body, 0))
		s.files["/"+name] = content(body)
	}
	whole := s.files["/test_32x32.mat"]
	s.files["/test_32x32.mat"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	_, err := install(context.Background(), "Svhn", files, dir, InstallOptions{})
	require.ErrorContains(t, err, "503")
	require.NoDirExists(t, filepath.Join(dir, "Svhn"))
	s.files["/test_32x32.mat"] = whole
	_, err = install(context.Background(), "Svhn", files, dir, InstallOptions{})
	require.NoError(t, err)
	require.Equal(t, 1, s.asked("/train_32x32.mat"))
}

// Pictures that are stored column by column are read as torchvision reads them.
func TestColumnMajorPictures(t *testing.T) {
	stl := t.TempDir()
	require.NoError(t, unpack(published+"/stl10_binary.tar.gz", stl, []Keep{{Pattern: "stl10_binary/*"}}, 1<<20))
	for _, part := range []Part{Train, Test} {
		for name, open := range map[string]func() (Described, error){
			"svhn":  func() (Described, error) { return Open(Svhn, published, part, Options{}) },
			"stl10": func() (Described, error) { return Open(ID(200), stl, part, Options{}) },
		} {
			ds, err := open()
			require.NoError(t, err, name)
			want, err := openNPZ(published+"/want/"+name+"_"+string(part)+".npz", part, Options{}, nil)
			require.NoError(t, err)
			require.Equal(t, want.Shape(), ds.Shape(), name)
			n, err := countFeatures(ds.Shape())
			require.NoError(t, err)
			wantX, wantY := values(t, want, n)
			x, y := values(t, ds, n)
			require.Equal(t, wantY, y, name)
			require.Equal(t, wantX, x, name)
		}
	}
	ds, err := Open(ID(200), stl, Train, Options{})
	require.NoError(t, err)
	require.Equal(t, "airplane bird car cat deer dog horse monkey ship truck", strings.Join(ClassNames(ds), " "))
	for name, c := range map[string]struct{ images, labels, says string }{
		"no labels":      {"", "", "labels"},
		"too few pixels": {"xxx", "\x01", "3 bytes of data"},
		"label 0":        {strings.Repeat("x", 3*96*96), "\x00", "label -1"},
		"label 11":       {strings.Repeat("x", 3*96*96), "\x0b", "label 10"},
	} {
		_, err := ReadSTL10(strings.NewReader(c.images), strings.NewReader(c.labels))
		require.ErrorContains(t, err, c.says, name)
	}
}

// A folder as somebody unpacked it, with all that is in the archive.
func TestUnpackedByHand(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, unpack(published+"/aclImdb_v1.tar.gz", dir, []Keep{{"aclImdb/*/*/*", "/"}, {"aclImdb/*/*", "/"}, {"aclImdb/*", ""}}, 1<<20))
	imdb, err := Open(Imdb, dir, Train, Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"neg", "pos"}, ClassNames(imdb))
	require.Contains(t, Notes(imdb)[0], "unsup (a folder)")
	texts, _, err := imdb.(*TextSet).Text(1)
	require.NoError(t, err)
	require.Equal(t, []string{"Très bien.<br />One of the best."}, texts)

	dir = t.TempDir()
	require.NoError(t, unpack(published+"/speech_commands_v0.02.tar.gz", dir, []Keep{{"*/*", "/"}, {"*", ""}}, 1<<20))
	words, err := Open(SpeechCommands, dir, Test, Options{})
	require.NoError(t, err)
	require.Contains(t, Notes(words)[0], "_background_noise_ (a folder)")
	fit, err := Adapt(words, Schema{Shape: []int{1, 8}, Classes: []string{"no", "yes", "go"}, Audio: &audio.Spec{Rate: 16000, Samples: 8}})
	require.NoError(t, err)
	sample := make([]float32, 8)
	label, err := fit.Sample(1, sample)
	require.NoError(t, err)
	require.Equal(t, 1, label)
	require.Equal(t, float32(2007)/32768, sample[7])

	require.NoError(t, os.Remove(filepath.Join(dir, "validation_list.txt")))
	_, err = Open(SpeechCommands, dir, Train, Options{})
	require.ErrorIs(t, err, os.ErrNotExist, "without the list nobody knows the train part")
}

func TestTextFolderRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/neg/1.txt", []byte("\xef\xbb\xbffine"))
	set, err := OpenTextFolder(dir, Options{})
	require.NoError(t, err)
	texts, _, err := set.Text(0)
	require.NoError(t, err)
	require.Equal(t, []string{"fine"}, texts)
	write(t, dir+"/pos/2.txt", []byte("caf\xe9"))
	_, err = OpenTextFolder(dir, Options{})
	require.ErrorContains(t, err, filepath.Join("pos", "2.txt"))
	require.ErrorContains(t, err, "not UTF-8")
	write(t, dir+"/pos/2.txt", make([]byte, maxText+1))
	_, err = OpenTextFolder(dir, Options{})
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = OpenTextFolder(dir, Options{Classes: []string{"neg"}})
	require.ErrorIs(t, err, ErrClass)
	_, err = Open(Imdb, t.TempDir(), Train, Options{})
	require.ErrorIs(t, err, ErrFormat)
}

// EMNIST is read as it is published, lying on its side, unless it is to be turned:
// from IDX files, arrays and pictures.
func TestEMNISTLiesOnItsSide(t *testing.T) {
	dir := t.TempDir()
	pixels := make([]byte, 28*28)
	for i := range pixels {
		pixels[i] = byte(i*7 + i/28)
	}
	one, err := NewImages([]int{1, 28, 28}, 47, pixels, []int{10})
	require.NoError(t, err)
	images, err := os.Create(dir + "/emnist-balanced-train-images-idx3-ubyte")
	require.NoError(t, err)
	labels, err := os.Create(dir + "/emnist-balanced-train-labels-idx1-ubyte")
	require.NoError(t, err)
	require.NoError(t, WriteIDX(images, labels, one))
	require.NoError(t, errors.Join(images.Close(), labels.Close()))
	p := picture{28, 28, 3, nil}
	for _, v := range pixels {
		p.pix = append(p.pix, v, v, v)
	}
	writePNG(t, dir+"/png/10/1.png", p.image())
	rows := []byte("0.5,0,0.25,1,7\n")
	write(t, dir+"/square.csv", rows)

	asStored, _ := values(t, one, 784)
	for _, path := range []string{dir, dir + "/png"} {
		ds, err := Open(Emnist, path, Train, Options{})
		require.NoError(t, err)
		x, _ := values(t, ds, 784)
		require.Equal(t, asStored, x, "as torchvision reads it")
		upright, err := Open(Emnist, path, Train, Options{Transpose: true})
		require.NoError(t, err)
		x, _ = values(t, upright, 784)
		for i := range 784 {
			require.Equal(t, asStored[i%28*28+i/28], x[i])
		}
		if path == dir {
			require.Contains(t, Notes(ds)[0], "lie on their side")
			require.Empty(t, Notes(upright))
		}
	}
	_, err = Open(ID(200), dir+"/square.csv", Train, Options{Transpose: true})
	require.ErrorIs(t, err, ErrShape, "a table has no rows of pixels")
	wide, err := New([]int{1, 2, 3}, 1, []float32{1, 2, 3, 4, 5, 6}, []int{0})
	require.NoError(t, err)
	wide.transpose()
	x, _ := values(t, wide, 6)
	require.Equal(t, []float32{1, 4, 2, 5, 3, 6}, x)
	require.Equal(t, []int{1, 3, 2}, wide.Shape())
}
