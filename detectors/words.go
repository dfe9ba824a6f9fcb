package detectors

// letterPairs tells how rare it is that one letter follows another within a
// word: twice the negative binary logarithm of the share, plus 35, as a
// character; a row of 26 for each first letter. It was counted on identifiers
// and prose of several programming languages and libraries.
const letterPairs = "" +
	".+*+21-4-60),*5,4)*)/010/5" +
	"(**/*002+-2)01+03--0*233,3" +
	")-,/*00*-7*,/0(/4,-*.13416" +
	"*.-+'.00)22,//+.3++.-00205" +
	"+0++.-/2063,-*0-/()*2//,06" +
	"*/.-+)02(44*/.)/4+,-+213/5" +
	",/,/'/.,+41+.++.3**--11321" +
	"(0/.'021*30/,0)/3,.+-113/3" +
	"..+,--,5353+,'*-5-**4.507-" +
	"*--.(./.,.-.-.*-0/*.*/.0./" +
	"+.-.'.-/*11,.---1-*--0.202" +
	"*0/-'/03(52*00)/51,,-135-4" +
	"(-/.'023*41.-0*)41,.,132/4" +
	"+1+*)-)1,5//1.+/40*(..2524" +
	"/.*+1-.4/5/++(-,7),,+.-155" +
	")1./(/1.,60*01*,4)-*-224.5" +
	"./.-./..-1/,..0/--,-%//0//" +
	")1-.'/.3*7..-.)/6+++./25.6" +
	"-1,0(00,*6/./0,,20+',205.4" +
	"*0-/'/2+)63./0+.5*+,.212,4" +
	"-,-.+-.4,54*+(0+6***335243" +
	"(../&.01*32/.0-/1/..01/212" +
	"(/-.*./-)10..+*.2)+.00/012" +
	"+.*.),1/+12.,/.)1.-(100.-2" +
	"--,.,./0-21,++-'2-)*/0.000" +
	"+/..%///+01../,/0/./00...-"

// maxWordCost is the mean number of bits a pair of letters takes, of text that
// is made of words. Nine in ten names of programs take less; of random letters
// and digits, two in a hundred of 20 characters do, and fewer of more.
const maxWordCost = 4.3

// wordlike reports whether the letters of value follow each other as in words,
// whatever stands between the words.
func wordlike(value []byte) bool {
	sum, pairs := 0, 0
	for i := 1; i < len(value); i++ {
		a, b := value[i-1], value[i]
		if !isLetter(a) || !isLetter(b) || a&0x20 != 0 && b&0x20 == 0 { // a capital begins a word
			continue
		}
		sum += int(letterPairs[int(a|0x20-'a')*26+int(b|0x20-'a')]) - 35
		pairs++
	}
	return pairs >= 3 && float64(sum) <= maxWordCost*2*float64(pairs)
}
