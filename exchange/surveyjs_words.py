"""Why most of SurveyJS's properties have no counterpart, and the words that it has by itself."""

from __future__ import annotations

from collections.abc import Mapping

from exchange.loss import told
from survey.marking import _

NONE: Mapping[str, str] = {
    "fi": "Ei mikään näistä",
    "sv": "Inget av dessa",
    "en": "None of these",
    "uk": "Нічого з цього",
    "ru": "Ничего из этого",
    "ar": "لا شيء مما ذُكر",
    "so": "Midkoodna maaha",
}
DONT_KNOW: Mapping[str, str] = {
    "fi": "En osaa sanoa",
    "sv": "Vet inte",
    "en": "I don't know",
    "uk": "Не знаю",
    "ru": "Не знаю",
    "ar": "لا أعرف",
    "so": "Ma garanayo",
}
REFUSED: Mapping[str, str] = {
    "fi": "En halua vastata",
    "sv": "Jag vill inte svara",
    "en": "I prefer not to answer",
    "uk": "Не хочу відповідати",
    "ru": "Не хочу отвечать",
    "ar": "أفضّل عدم الإجابة",
    "so": "Ma doonayo inaan ka jawaabo",
}

_LOOKS = told(_("How a question looks is settled by Mittari's pages."))
_ORDER = told(_("The order is as the form lists it, and the same for everybody."))
_EMPTY = told(_("Questions begin empty."))
_OFFERED = told(_("Which rows or options are offered cannot depend on other answers: all are offered."))
_WORKED_OUT = told(_("What is worked out while the form is filled in cannot come over."))
_OWN_WORDS = told(_("Mittari has its own words for this."))
_PAGES = told(_("How one moves through the questions is settled by Mittari's pages."))
_AFTER = told(_("After the last question Mittari shows its own page of thanks."))
_TIME = told(_("There are no time limits."))
_SCORE = told(_("Right answers and points for them have no counterpart."))
NO_COUNTERPART = told(_("It has no counterpart."))
REQUIRED = told(_("Whether an answer is needed cannot depend on other answers: it is not needed."))

_BY_REASON: Mapping[str, str] = {
    _LOOKS: """
        allowClear allowResize alternateRows autoGrow autocomplete cellErrorLocation clearIfInvisible
        closeOnSelect colCount colSpan columnColCount columnLayout columnMinWidth contentMode cssClasses
        currency descriptionLocation displayMode displayRateDescriptionsAsExtremeItems displayStyle
        errorLocation format hideIfChoicesEmpty hideIfRowsEmpty hideNumber hideSelectedItems horizontalScroll
        imageFit imageHeight imageWidth indent innerIndent inputSize inputTextAlignment itemComponent
        itemErrorLocation itemSize itemTitleWidth labelCount labelFormat maxImageHeight maxImageWidth maxWidth
        maximumFractionDigits minImageHeight minImageWidth minWidth minimumFractionDigits optionsCaption
        placeHolder placeholder precision questionTitleWidth rateColorMode rateDescriptionLocation rateType
        renderAs renderMode rowTitleWidth rows scaleColorMode searchEnabled searchMode selectToRankAreasLayout
        selectToRankEnabled separateSpecialChoices showHeader showLabel showLabels showNumber showOptionsCaption
        showQuestionNumbers showTitle size startWithNewLine state swapOrder textUpdateMode textWrapEnabled
        titleLocation tooltipVisibility transposeData useDisplayValuesInDynamicTexts useGrouping verticalAlign
        width questionTitleLocation questionStartIndex questionErrorLocation acceptCarriageReturn
        commentPlaceholder otherPlaceholder customLabels choicesLazyLoadEnabled choicesLazyLoadPageSize maskType
        maskSettings gridLayoutColumns""",
    _ORDER: "choicesOrder questionsOrder questionOrder rowsOrder rowOrder",
    _EMPTY: "defaultValue defaultRowValue defaultDisplayValue defaultValueExpression",
    _OFFERED: """
        choicesVisibleIf choicesEnableIf rowsVisibleIf columnsVisibleIf choicesFromQuestionMode
        choiceTextsFromQuestion choiceValuesFromQuestion choicesByUrl""",
    _WORKED_OUT: """
        setValueIf setValueExpression resetValueIf minValueExpression maxValueExpression totalExpression
        totalType totalText totalFormat totalDisplayStyle""",
    _OWN_WORDS: """
        requiredErrorText otherErrorText minErrorText maxErrorText stepErrorText keyDuplicationError
        selectAllText requiredText requiredMark loadingHtml completeText pageNextText pagePrevText
        startSurveyText editText previewText emptySurvey""",
    _PAGES: """
        allowResizeComment autoAdvanceAllowComplete autoAdvanceEnabled autoFocusFirstError
        autoFocusFirstQuestion autoGrowComment checkErrorsMode commentAreaRows firstPageIsStartPage
        firstPageIsStarted focusFirstQuestionAutomatic focusOnFirstError goNextPageAutomatic gridLayoutEnabled
        headerView isSinglePage lazyRendering mode navigationButtonsLocation navigationButtonsVisibility
        navigationDescription navigationTitle partialSendEnabled previewMode progressBarInheritWidthFrom
        progressBarLocation progressBarNavigationTextLocation progressBarShowNavigationText
        progressBarShowPageNumbers progressBarShowPageTitles progressBarType questionDescriptionLocation
        questionTitlePattern questionTitleTemplate questionsOnPageMode readOnly sendResultOnPageNext
        showCompletePage showCompletedPage showNavigationButtons showPageNumbers showPageTitles showPrevButton
        showPreviewBeforeComplete showProgressBar showTOC tocLocation validateVisitedEmptyFields validationType
        widthMode logo logoFit logoHeight logoPosition logoWidth backgroundImage backgroundImageAttachment
        backgroundImageFit backgroundOpacity theme themeVariables""",
    _AFTER: """
        completedHtml completedHtmlOnCondition completedBeforeHtml navigateToUrl navigateToUrlOnCondition""",
    _TIME: """
        maxTimeToFinish maxTimeToFinishPage showTimer showTimerPanel showTimerPanelMode timeLimit
        timeLimitPerPage timerInfoMode timerLocation""",
    _SCORE: "correctAnswer score",
}
_REASONS: Mapping[str, str] = {name: why for why, names in _BY_REASON.items() for name in names.split()}
LISTS: Mapping[str, str] = {
    "triggers": told(_("What the form does by itself when an answer is given has no counterpart.")),
    "completedHtmlOnCondition": _AFTER,
    "navigateToUrlOnCondition": _AFTER,
}
"""Lists of the form of which every entry is an element."""
WITHOUT: Mapping[str, str] = {
    "file": told(_("Files cannot be sent with the answers.")),
    "signaturepad": told(_("Signatures cannot be given.")),
    "image": told(_("Pictures outside options are not shown.")),
    "imagemap": told(_("Places on a picture cannot be chosen.")),
    "paneldynamic": told(_("Questions that respondents repeat as often as they like have no counterpart.")),
    "matrixdynamic": told(_("Rows that respondents add have no counterpart.")),
}


_LIMITS = dict.fromkeys(
    ("minSelectedChoices", "maxSelectedChoices", "min", "max", "step", "maxLength"),
    told(_("It asks for what no answer can be, or is no limit for a question of this type.")),
)


def reason(name: str) -> str:
    """Why a property is left."""
    return _REASONS.get(name) or _LIMITS.get(name, NO_COUNTERPART)
