#!/usr/bin/env bash
# Fetches documents that others keep as test data, manuals and templates, for recall.py and mutate.py.
#
#   benches/corpus.sh FOLDER [SOURCE...]     SOURCE: debian, manuals, pypi, npm, crates; all by default
#
# Packages come through the clients of their registries, by name, into FOLDER/.fetched; nothing of them is installed,
# and what was fetched before is not fetched again. Every document in them goes to FOLDER/FORMAT/, once by content,
# and FOLDER/origin.tsv tells where it is from. Needs 6 GiB, and for `debian` a source list with deb-src.
# A package that is gone or renamed is told and passed over, so two runs at two times do not give the same files.
set -uo pipefail

# Source packages: the readers of other projects and the files that broke them.
debian="libapache-poi-java libpdfbox-java libpdfbox2-java libitext5-java libitext-java liborcus gnumeric abiword pandoc
libspreadsheet-writeexcel-perl libexcel-writer-xlsx-perl libopenoffice-oodoc-perl librtf-writer-perl qpdf mupdf
pdf2djvu poppler cups-filters catdoc wv unrtf docx2txt odt2txt libvisio libe-book libetonyek libwps libextractor
tracker-miners recoll calligra calibre epubcheck pypdf jodconverter libreoffice-dictionaries"
# Packages whose contents are manuals, forms and templates.
manuals="installation-guide-amd64 texlive-latex-base-doc texlive-lang-european texlive-publishers-doc libreoffice-l10n-sv
libreoffice-common libreoffice-help-sv gnucash-docs r-doc-pdf maxima-doc lilypond-doc-pdf asymptote-doc
gnuplot-doc texlive-pictures-doc python-odf-doc dblatex-doc gimp-help-sv hplip-doc fonts-lmodern stellarium-data
ledgersmb kmymoney gnumeric-doc shorewall-doc slony1-2-doc debian-handbook developers-reference debian-faq
debian-policy harden-doc linux-doc sane-utils cups-filters texlive-fonts-recommended-doc fbi grass-doc pspp
axiom-doc gap-doc singular-doc xfig-doc tgif gle-doc libcoin-doc eekboek cfi-sv lifelines-doc-sv
debian-edu-doc-legacy-sv r-cran-readxl r-cran-openxlsx r-cran-officer r-cran-rio"
# Source distributions.
pypi="pandas pypdf pdfminer.six pdfplumber pikepdf pdfreader camelot-py tabula-py python-docx docx2txt docx2python
docxcompose docxtpl mammoth python-pptx openpyxl pyexcel pyexcel-io pyexcel-xls pyexcel-xlsx pyexcel-ods
pyexcel-ods3 pyexcel-xlsxw xlrd xlwt xlutils pyxlsb xlsx2csv odfpy odfdo ezodf relatorio olefile oletools
msoffcrypto-tool striprtf pyth textract tika unoconv markitdown docling docling-core docling-parse unstructured
kreuzberg ebooklib pymupdf pypdfium2 reportlab rst2pdf ocrmypdf pdfrw PyPDF2 PyPDF4 pdf2image pyhanko fpdf2
xhtml2pdf invoice2data factur-x pdfquery pdftotext pdf2docx borb tablib pylightxl XlsxWriter pyxlsb2
python-calamine fastexcel polars extract-msg compoundfiles messytables rows agate-excel frictionless tabulator
csvkit etlhelper petl docx-mailmerge docx-mailmerge2 docxbuilder docx-form-filler secretary py3o.template appy
pypandoc python-docx-template sphinx-book odf-report rtfde RTFDE pyrtf-ng pypub epub-meta ebookmeta epub_utils
aspose-words xlsx-evaluate pycel formulas koala xlcalculator vsdx visio2svg matplotlib cairosvg pdfminer
pdfminer3k slate3k tabled-pdf pdf-annotate pdfannots pdfforms PyPDFForm pypdftk fillpdf openpyxl-image-loader
xlsxtpl xltpl documentbuilder officeparser python-oxmsg doc2docx docx-utils docx-revisions bookworm mobi
epub2txt codedx apasvenskas libsgfdata"
npm="mammoth word-extractor officeparser textract any-text xlsx exceljs pdf-parse pdf2json pdfjs-dist docx4js
rtf-parser epub epub2 epubjs carbone docx-templates docxtemplater easy-template-x officegen docx-preview
docx-merger pptx2json excel4node xlsx-template xlsx-populate muhammara pdf-lib pdfreader pdf-text-extract
pdf.js-extract pdf-to-text pdffiller node-xlsx libreoffice-convert rtf2text @iarna/rtf-to-html rtf.js
excel-as-json convert-excel-to-json read-excel-file xlsx-extract j msgreader @kenjiuno/msgreader xlsjs pizzip
docx pptxgenjs xlsx-style pdf-table-extractor html-docx-js docx-pdf hummus pptx-compose pptx-automizer
@gxl/epub-parser nodejs-pptx docx-parser excel-parser unpdf pdfdataextract xlsx-calc xlsx-js-style
exceljs-lightweight ods rtf-stream-parser cfb"
crates="calamine lopdf pdf-extract hayro hayro-syntax hayro-interpret office_oxide undoc docx-rs rtf-parser kreuzberg
cfb umya-spreadsheet rust_xlsxwriter pdf_oxide unpdf epub ppt-rs litchi docx-rust docx-parser pdf pdfium-render
mupdf pdf-inspector oxidize-pdf docparser spreadsheet-ods edit-xlsx xlsxwriter simple_excel_writer office rbook
lib-epub epub-builder pdf-writer printpdf msoffice_crypt office-crypto ooxmlsdk dotext pdfplumber extractous
markdownify anytomd markitdown ole outlook-pst msg_parser rtf-grimoire pdf_derive poppler-rs quick-xml xlstream
excelstream xlsx2csv"

formats="pdf docx docm dotx dotm pptx pptm ppsx potx xlsx xlsm xltx xlsb xlam xls xlt xlw ods ots fods odt ott fodt
odp otp fodp odg sxw sxc sxi epub doc dot ppt pps rtf vsd vsdx pub wps msg eml pst mht bau"

die() {
    echo "corpus.sh: $*" >&2
    exit 2
}

[ $# -ge 1 ] || die "usage: corpus.sh FOLDER [SOURCE...]"
mkdir -p "$1/.fetched" || die "cannot make $1"
folder=$(cd "$1" && pwd)
shift
fetched=$folder/.fetched
[ $# -gt 0 ] || set -- debian manuals pypi npm crates

# Runs a client in the folder of one package, once; what fails is told.
fetch() { # SOURCE NAME COMMAND...
    local source=$1 name=$2 into=$fetched/$1/${2//\//+}
    shift 2
    [ -e "$into/.done" ] && return
    mkdir -p "$into"
    if (cd "$into" && timeout 240 "$@" >.log 2>&1 </dev/null); then
        touch "$into/.done"
    else
        echo "corpus.sh: not fetched, or not wholly: $source $name" >&2
        # A source package that lacks one of its parts is still worth a look.
        compgen -G "$into/*.orig*" >/dev/null && touch "$into/.done"
    fi
}

sdist() { # NAME: the source distribution, as pip unpacks it before it would have to be built; else the wheel
    mkdir -p .unpacked
    TMPDIR=$PWD/.unpacked pip download --quiet --no-deps --no-clean --no-build-isolation --no-binary "$1" -d . "$1"
    tar -cf "$1.tar" .unpacked/pip-download-*/* || rm -f "$1.tar"
    rm -rf .unpacked
    compgen -G "*.tar*" || compgen -G "*.zip" || pip download --quiet --no-deps -d . "$1"
}

crate() { # NAME: `cargo info` fetches the newest version; a folder of its own keeps ours apart
    CARGO_HOME=$PWD/.cargo cargo info --quiet "$1" && find .cargo -name '*.crate' -exec mv {} . \; && rm -rf .cargo
}

export -f sdist crate
for source; do
    case $source in
    debian) for name in $debian; do fetch debian "$name" apt-get source --download-only "$name"; done ;;
    manuals) for name in $manuals; do fetch manuals "$name" apt-get download "$name"; done ;;
    pypi) for name in $pypi; do fetch pypi "$name" bash -c "sdist $name"; done ;;
    npm) for name in $npm; do fetch npm "$name" npm pack --silent "$name"; done ;;
    crates) for name in $crates; do fetch crates "$name" bash -c "crate $name"; done ;;
    *) die "no source $source" ;;
    esac
done

exec python3 "$(dirname "$0")/gather.py" "$fetched" "$folder" $formats
