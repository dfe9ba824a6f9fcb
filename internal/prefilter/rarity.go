package prefilter

// pairs tells how rare each pair of kinds of bytes is in source code, markup
// and prose: twice the negative binary logarithm of its share, plus 33, as a
// character; a row for each kind of the first byte, in the order of kind. It
// was counted on about 90 MB of text. It affects speed alone.
const pairs = "" +
	":533=85A5A8021D5B11078;98?8:<45I" +
	"5:7=5@AE67@5@?7<F99=5BCA6B9:A95I" +
	"298;2=;27F347>1:@6727=?;:G87?54C" +
	"5;;60<>=3@@8=<5=B77:8=>;:D84<12A" +
	"3922527<9A=140955.01<7726A73:./<" +
	"5><966?B2HF6<93;G5:84CBE;I88=11M" +
	":?9?3?;87HC7;66<E86::?BDC?=7=44L" +
	"3C@>1@CC5IB><@5@I8;7;DBF?E=8?55L" +
	"7644624C=B=34.25@521?7C9G6;;A87L" +
	">GDD8FHIBHCG@E<BHI>E=HELHHB>G>;L" +
	"9A:>4A=B8DD<?<??C=:=;C<GCI?3B74M" +
	"3:<612:;2E?3><3:F<565<>E7A;3?33I" +
	"38>:1=A@6J>:8=53D?7:8ACC=H;7?66J" +
	"2<32162>4B88<829A=1068?C:C76;12I" +
	"8644:48@5>754063C034466<AA>6>45I" +
	"2>:;1;?:6J84>;36?3837<>B7B95?63K" +
	"CFFDGFHGENI<FCHEFA@D5HHKLIB=J;:H" +
	"2<77/86>2G976329E33258:C6F75=11J" +
	"695;/<:52E339755<91/5=:?6>94=01I" +
	"2<78/8=01E?79:25C1453=:72@62;/0I" +
	"687948:F5JD562=6K344A?H=HD8>G:;G" +
	"4A?;3?BD9KF>?B7<?B@?C?=AEG8:F:8J" +
	"6@>=8?A85HE?A:8@H7;@=D=CHI@:B98P" +
	":=7>8;EB:IF?=??7FA?5DCE:=E38>74I" +
	"??=A<=<C;GF:<:;3A<67BB<EBA?7?45I" +
	"=FFE6DFG=KLBBF@FKDEFHIGHCA<<H>;K" +
	"9:9899CB=BB=@@@>F@=?A<@4FE-381/D" +
	"462554684?965554?5237798>>83I:7I" +
	"==<==<@@=EC=>?>=D>;=A@?AE>7C597H" +
	"12122145/:833212<1//44369:027'+=" +
	"343344674;955443;4135775<<238*+7" +
	"AG=HCIFJCQCADGGEPCAFHHIIMPEIH@74"

// singles tells the same of each kind by itself.
const singles = "*.,,),..*5/,-*+,4**)-00//4+,1%'3"

// rarityOf estimates how rare text, of three or four bytes, is: the higher, the
// rarer.
func (g *grams) rarityOf(text string) int {
	if text[1:] == text[:len(text)-1] { // one character again and again: filling
		return 0
	}
	return g.of(text)
}

// rarity estimates how rare text is, from the pairs in it.
func rarity(text string) int {
	sum := 0
	for i := 1; i < len(text); i++ {
		before := kind(text[i-1])
		sum += int(pairs[before*32+kind(text[i])]) - 33
		if i > 1 {
			sum -= int(singles[before]) - 33
		}
	}
	return sum
}

// kind sorts bytes: letters, digits, and a few more that names are made of.
func kind(c byte) int {
	switch {
	case 'a' <= c|0x20 && c|0x20 <= 'z':
		return int(c | 0x20 - 'a')
	case '0' <= c && c <= '9':
		return 26
	case c == '_':
		return 27
	case c == '-':
		return 28
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		return 29
	case c < 0x80:
		return 30
	}
	return 31
}
