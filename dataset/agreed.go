package dataset

import "strings"

// agreement is what the users of a data set take for granted beside its shape.
type agreement struct {
	// classes are the names by label, as torchvision and scikit-learn list
	// them.
	classes string
	// mean and std of each channel over the train part, of pixels 0 … 1, as
	// models for the set are usually trained.
	mean, std []float32
	// from is where mean and std are published. TestNormalization computes those
	// of the data that this module has; the others were never computed here.
	from string
}

// agreements holds the sets whose files have class numbers of one well-known
// order. TestAgreements compares every row with the table.
var agreements = map[ID]agreement{
	Mnist: {"0 1 2 3 4 5 6 7 8 9", []float32{0.1307}, []float32{0.3081}, "github.com/pytorch/examples: mnist/main.py"},
	FashionMnist: {"T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot",
		[]float32{0.2860}, []float32{0.3530}, "github.com/chatflip/CalculationMeanStd: README.md, FashionMNIST(train)"},
	Kmnist: {classes: "o ki su tsu na ha ma ya re wo"},
	Svhn:   {classes: "0 1 2 3 4 5 6 7 8 9"},
	Cifar10: {"airplane automobile bird cat deer dog frog horse ship truck",
		[]float32{0.4914, 0.4822, 0.4465}, []float32{0.2470, 0.2435, 0.2616},
		"github.com/khakhlyuk/fixedconv: utils/data_stats.py, to four places (CIFAR-10's often quoted 0.2023, 0.1994, 0.2010 are means of the pictures' own deviations)"},
	Cifar100: {classes: "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can " +
		"castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish " +
		"forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle " +
		"mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine " +
		"possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar " +
		"sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree " +
		"wolf woman worm"},
	Iris:         {classes: "setosa versicolor virginica"},
	Wine:         {classes: "class_0 class_1 class_2"},
	BreastCancer: {classes: "malignant benign"},
}

// names returns the names of the classes; nil if none are agreed.
func (a agreement) names() []string {
	if strings.Contains(a.classes, ",") {
		return strings.Split(a.classes, ",")
	}
	if a.classes == "" {
		return nil
	}
	return strings.Fields(a.classes)
}
